/**
 * Everything that crosses between the supervisor and a sandbox child: nothing else does. The supervisor asks, the child
 * answers each question exactly once and in order, so the supervisor always knows whose slice is open. A frame's header
 * is one of these messages; its body is the text or the bytes named beside it.
 */
import type { Json, JsonObject } from '@annex/sdk/json'
import type { PlatformVersion } from '@annex/sdk/platform-version'
import { type JsonBounds, jsonExcess } from './json-shape.ts'
import { CAGE_LIMITS } from './limits.ts'

/** What the supervisor asks. `unit` numbers an installation's code in one child. */
export type ToChild =
  /**
   * Body: the entry script, `sourceBytes` of UTF-8, then V8's code cache of it, if the supervisor holds one. Answered by
   * `loaded`; with `produceCache` its body is the code cache.
   */
  | { t: 'load'; run: number; unit: number; filename: string; sourceBytes: number; produceCache: boolean }
  /**
   * Body: JSON of `StartInput`. Evaluates the script in a fresh context and calls the handler. `seed`, 32 bytes in hex,
   * is where all its random numbers come from. Answered by `slice`.
   */
  | ({ t: 'run'; unit: number; seed: string } & SliceQuestion)
  /** Body: JSON of `Delivery[]`. Answered by `slice`. */
  | ({ t: 'deliver' } & SliceQuestion)
  /** Pulls a generator's next page. Answered by `slice`. */
  | ({ t: 'pull' } & SliceQuestion)
  /** Fires `ctx.signal`. Answered by `slice`. */
  | ({ t: 'abort' } & SliceQuestion)
  /** Lets go of the context of a run that did not come to its end. Answered by `done`. */
  | { t: 'end'; run: number }
  /** Lets go of an installation's code and heap. Answered by `done`. */
  | { t: 'unload'; unit: number }
  /** A heartbeat. Answered by `done`. */
  | { t: 'ping' }

/** `now`: what the guest's clock shows during the slice, in milliseconds since the Unix epoch. */
interface SliceQuestion {
  run: number
  timeoutMs: number
  now: number
}

export interface StartInput {
  handler: readonly string[]
  args: readonly Json[]
  config: JsonObject
  installation: { id: string; extension: string; version: string }
  platform: PlatformVersion
  limits: { hostCalls: number; fetches: number; logLines: number; inFlight: number; timers: number }
}

/** The answer to host call or timer `id`, as the guest gets it. */
export type Delivery = { id: number; ok: true; value: Json } | { id: number; ok: false; error: Json }

/** What the child answers. The body of `slice` is guest text: a JSON array of `GuestMessage`. */
export type FromChild =
  | { t: 'ready'; probes: Record<string, boolean> }
  | { t: 'loaded'; unit: number; ok: boolean; message?: string }
  | { t: 'slice'; run: number; end: SliceEnd; cpuMs: number; warning?: string }
  | { t: 'done' }

/** `done`: came back by itself. `timeout`: ran into its time. `memory`: the heap limit disposed of the guest. */
export type SliceEnd = 'done' | 'timeout' | 'memory' | 'failed'

/** What a guest says during a slice. */
export type GuestMessage =
  | { k: 'call'; id: number; name: string; args: unknown }
  | { k: 'timer'; id: number; ms: number }
  | { k: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; message: string; details?: JsonObject }
  | { k: 'result'; value: Json; done: boolean }
  | { k: 'error'; code?: string; name?: string; message: string; stack?: string; retryAfter?: number }

const SLICE_ENDS: readonly string[] = ['done', 'timeout', 'memory', 'failed']
const LOG_LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error']

/** The message in a header, or `undefined` when it is anything else. */
export function parseFromChild(header: string): FromChild | undefined {
  const message = parseObject(header)
  if (!message) return undefined
  if (message.t === 'ready') return isProbes(message.probes) ? (message as FromChild) : undefined
  if (message.t === 'loaded') {
    const fits = isId(message.unit) && typeof message.ok === 'boolean' && isTextOrNone(message.message)
    return fits ? (message as FromChild) : undefined
  }
  if (message.t === 'done') return { t: 'done' }
  if (message.t !== 'slice' || !Number.isSafeInteger(message.run)) return undefined
  const fits = SLICE_ENDS.includes(String(message.end)) && isCpuMs(message.cpuMs) && isTextOrNone(message.warning)
  return fits ? (message as FromChild) : undefined
}

/** The messages in a slice's body, or `undefined` when any of them is off. `depth` bounds the nesting of a value. */
export function parseGuestMessages(body: string, { depth, values }: JsonBounds): GuestMessage[] | undefined {
  if (jsonExcess(body, { depth: depth + 2, values })) return undefined
  const parsed = parseJson(body)
  if (!Array.isArray(parsed)) return undefined
  return parsed.every(isGuestMessage) ? parsed : undefined
}

function isGuestMessage(value: unknown): value is GuestMessage {
  if (!isObject(value)) return false
  switch (value.k) {
    case 'call':
      return isId(value.id) && typeof value.name === 'string' && 'args' in value
    case 'timer':
      return isId(value.id) && isAmount(value.ms)
    case 'log':
      return LOG_LEVELS.includes(String(value.level)) && typeof value.message === 'string' && isDetails(value)
    case 'result':
      return 'value' in value && typeof value.done === 'boolean'
    case 'error':
      return (
        typeof value.message === 'string' &&
        [value.code, value.name, value.stack].every(isTextOrNone) &&
        isAmountOrNone(value.retryAfter)
      )
    default:
      return false
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text)
  return isObject(value) ? value : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isProbes(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((probe) => typeof probe === 'boolean')
}

function isDetails(value: Record<string, unknown>): boolean {
  return value.details === undefined || isObject(value.details)
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isAmountOrNone(value: unknown): boolean {
  return value === undefined || isAmount(value)
}

function isId(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isCpuMs(value: unknown): boolean {
  return isAmount(value) && (value as number) <= CAGE_LIMITS.sliceCpuMs
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
