import { FINISHED } from './finished.ts'
import { cut, NumberOf, RangeErrorClass, stringify, TextOf } from './primordials.ts'

/** What the guest says goes out as text: each message is written down at once, and the host collects the text per slice. */
let text = ''
let finished = false

const MESSAGE_CHARS = 4_096
const OUTPUT_CHARS = 4 * 1024 * 1024

export const TOO_LARGE = `more than ${OUTPUT_CHARS} characters at once`

/** False when there is no room for it: then nothing is said. */
export function say(message: string): boolean {
  if (text.length + message.length > OUTPUT_CHARS) return false
  text = text === '' ? message : `${text},${message}`
  return true
}

/** Everything said since the last time, as a JSON array. */
export function drain(): string {
  const all = finished ? `[${text}]${FINISHED}` : `[${text}]`
  text = ''
  return all
}

/** Nothing more is to come. */
export function sayFinal(message: string): boolean {
  finished = say(message)
  return finished
}

/** JSON of any value; what JSON has no form for becomes null. May throw, as getters and `toJSON` are the guest's. */
export function jsonOf(value: unknown): string {
  const json = stringify(value)
  return typeof json === 'string' ? json : 'null'
}

/** The error message for anything that can be thrown: proxies, getters that throw and odd objects included. */
export function sayError(thrown: unknown): void {
  const message = textOf(() => (isObject(thrown) ? thrown.message : thrown)) ?? 'An error that cannot be shown'
  const fields = [
    field('code', () => (isObject(thrown) ? thrown.code : undefined)),
    field('name', () => (isObject(thrown) ? thrown.name : undefined)),
    field('stack', () => (isObject(thrown) ? thrown.stack : undefined)),
  ]
  const wait = secondsOf(thrown)
  const said = `{"k":"error","message":${stringify(message)}${fields[0]}${fields[1]}${fields[2]}${wait}}`
  if (sayFinal(said)) return
  // The run is over: what else it wanted to say in this slice has to make room.
  text = ''
  sayFinal(said)
}

/** `retryAfter` of an error that asks to come back later. */
function secondsOf(thrown: unknown): string {
  try {
    const seconds = isObject(thrown) ? thrown.retryAfter : undefined
    return typeof seconds === 'number' && seconds >= 0 && seconds < 1e9 ? `,"retryAfter":${seconds}` : ''
  } catch {
    return ''
  }
}

function field(name: string, read: () => unknown): string {
  const value = textOf(read, true)
  return value === undefined ? '' : `,"${name}":${stringify(value)}`
}

function textOf(read: () => unknown, onlyText = false): string | undefined {
  try {
    const value = read()
    if (onlyText && typeof value !== 'string') return undefined
    return cut(typeof value === 'string' ? value : TextOf(value), MESSAGE_CHARS)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Writes one log line and gives its length; `details` that JSON cannot write are left out. */
export function sayLog(level: string, message: string, details?: unknown): number {
  const rest = details === undefined ? '' : detailsOf(details)
  const line = `{"k":"log","level":"${level}","message":${stringify(cut(message, MESSAGE_CHARS))}${rest}}`
  if (!say(line)) throw new RangeErrorClass(TOO_LARGE)
  return line.length
}

function detailsOf(details: unknown): string {
  try {
    const json = jsonOf(details)
    return json[0] === '{' && json.length <= MESSAGE_CHARS * 2 ? `,"details":${json}` : ''
  } catch {
    return ''
  }
}

export function sayTimer(id: number, ms: unknown): void {
  const wait = NumberOf(ms)
  if (!say(`{"k":"timer","id":${id},"ms":${wait > 0 && wait < 2 ** 31 ? wait : 0}}`))
    throw new RangeErrorClass(TOO_LARGE)
}
