import { AnnexError } from './annex-error.ts'
import { jsonOf, say, sayTimer, TOO_LARGE } from './outbox.ts'
import {
  defineProperty,
  ErrorClass,
  hide,
  MapClass,
  mapDelete,
  mapGet,
  mapSet,
  PromiseClass,
  parse,
  RangeErrorClass,
} from './primordials.ts'

/**
 * Calls to the host. Each becomes a promise that the host settles later by its number. The counters here keep a flood
 * of calls from ever leaving the guest; the host counts again.
 */
interface Waiting {
  resolve(value: unknown): void
  reject(reason: unknown): void
  /** Taken where the author's code made the call: when the answer comes, nothing of it is on the stack. */
  site: Error
}

type Answer =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: { code: string; message: string; retryAfter?: number; details?: unknown } }

export interface CallLimits {
  hostCalls: number
  fetches: number
  logLines: number
  inFlight: number
  timers: number
}

let limits: CallLimits = { hostCalls: 0, fetches: 0, logLines: 0, inFlight: 1, timers: 0 }
export const use = { hostCalls: 0, fetches: 0, logLines: 0, logChars: 0 }

const waiting: Map<number, Waiting> = new MapClass()
const timers: Map<number, () => void> = new MapClass()
/** Calls beyond `inFlight`, in order: a list linked by hand, out of reach of the guest. */
interface Parked {
  message: string
  next?: Parked
}
let firstParked: Parked | undefined
let lastParked: Parked | undefined
let inFlight = 0
/** Timers that the host has yet to fire, those that were stopped among them. */
let pendingTimers = 0
let lastId = 0

export function setCallLimits(given: CallLimits): void {
  limits = given
}

/** A new step of a generator has its own allowance. */
export function resetUse(): void {
  use.hostCalls = 0
  use.fetches = 0
  use.logLines = 0
  use.logChars = 0
}

export function callLimits(): CallLimits {
  return limits
}

export function call(name: string, args: unknown): Promise<unknown> {
  return new PromiseClass<unknown>((resolve, reject) => {
    if (++use.hostCalls > limits.hostCalls)
      throw new AnnexError('QUOTA_EXCEEDED', `More than ${limits.hostCalls} host calls in one step`)
    if (name === 'fetch' && ++use.fetches > limits.fetches) {
      throw new AnnexError('QUOTA_EXCEEDED', `More than ${limits.fetches} fetches in one step`)
    }
    const id = ++lastId
    const message = `{"k":"call","id":${id},"name":"${name}","args":${jsonOf(args)}}`
    mapSet(waiting, id, { resolve, reject, site: callSite() })
    if (inFlight < limits.inFlight) send(message)
    else park(message)
  })
}

function send(message: string): void {
  if (!say(message)) throw new RangeErrorClass(TOO_LARGE)
  inFlight++
}

function park(message: string): void {
  const parked: Parked = { message }
  if (lastParked) lastParked.next = parked
  else firstParked = parked
  lastParked = parked
}

function sendNextParked(): void {
  const next = firstParked
  if (!next) return
  firstParked = next.next
  if (!firstParked) lastParked = undefined
  send(next.message)
}

/** The host's answers to calls and timers, in the order in which they came: JSON of `Delivery[]`. */
export function deliver(json: string): void {
  const answers = parse(json)
  for (let i = 0; i < answers.length; i++) settle(answers[i])
}

function settle(answer: Answer): void {
  const timer = mapGet(timers, answer.id)
  if (timer) {
    mapDelete(timers, answer.id)
    pendingTimers--
    timer()
    return
  }
  const call = mapGet(waiting, answer.id)
  if (!call) return
  mapDelete(waiting, answer.id)
  inFlight--
  sendNextParked()
  if (answer.ok) call.resolve(answer.value)
  else call.reject(refusalAt(call.site, answer.error))
}

/** Its text is made only when it is asked for, and begins with the first frame. */
function callSite(): Error {
  const site = new ErrorClass()
  hide(site, 'name', '')
  return site
}

/**
 * The text of a stack is made by `Error.prepareStackTrace`, which the guest may have set: not here, where the host is at
 * work, but when somebody looks at it.
 */
function refusalAt(site: Error, { code, message, ...more }: (Answer & { ok: false })['error']): AnnexError {
  const refusal = new AnnexError(code, message, more)
  defineProperty(refusal, 'stack', {
    __proto__: null,
    get: () => `AnnexError: ${message}${site.stack}`,
    set: (value: unknown) => hide(refusal, 'stack', value),
    configurable: true,
    enumerable: false,
  } as never)
  return refusal
}

export function startTimer(fire: () => void, ms: unknown): number {
  if (++use.hostCalls > limits.hostCalls)
    throw new AnnexError('QUOTA_EXCEEDED', `More than ${limits.hostCalls} host calls in one step`)
  if (pendingTimers >= limits.timers)
    throw new AnnexError('QUOTA_EXCEEDED', `More than ${limits.timers} timers at a time`)
  pendingTimers++
  const id = ++lastId
  mapSet(timers, id, fire)
  sayTimer(id, ms)
  return id
}

/** The host still fires it, into nothing. */
export function stopTimer(id: unknown): void {
  if (typeof id === 'number' && mapGet(timers, id)) mapSet(timers, id, () => {})
}
