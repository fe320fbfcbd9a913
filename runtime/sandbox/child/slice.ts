import type { SliceEnd } from '../protocol.ts'
import type { Guest } from './guests.ts'

export interface Slice {
  end: SliceEnd
  cpuMs: number
  /** A JSON array of guest messages. */
  output: string
  /** What surfaced beside the slice, such as a rejection that nobody handles. */
  warning?: string
}

/** Milliseconds that it may take, and the guest's time: milliseconds since the Unix epoch. */
export interface SliceTime {
  timeoutMs: number
  now: number
}

/** How long collecting the output may take: it is the prelude's own code, so this never fires in good order. */
const DRAIN_MS = 10_000

/**
 * Runs `work` as one timed slice, at `now` by the guest's clock, and collects what the guest said in it. Which way it ended is told from the clock and
 * the isolate, never from an error's text, as a guest can write any text.
 */
export function runSlice(guest: Guest, { timeoutMs, now }: SliceTime, work: () => void): Slice {
  guest.world.now = now
  const started = performance.now()
  const cpuFrom = process.cpuUsage()
  let thrown: unknown
  try {
    work()
  } catch (error) {
    thrown = error ?? new Error('nothing')
  }
  const wallMs = performance.now() - started
  if (guest.compiled.isolate.isDisposed) return { end: 'memory', cpuMs: cpuSince(cpuFrom), output: '[]' }
  if (thrown !== undefined && wallMs >= timeoutMs) return { end: 'timeout', cpuMs: cpuSince(cpuFrom), output: '[]' }
  try {
    const output = enterGuest(guest, 'drain', '', DRAIN_MS)
    const slice: Slice = { end: 'done', cpuMs: cpuSince(cpuFrom), output }
    if (thrown !== undefined) slice.warning = [messageOf(thrown), ...framesOf(thrown)].join('\n')
    return slice
  } catch {
    return { end: guest.compiled.isolate.isDisposed ? 'memory' : 'failed', cpuMs: cpuSince(cpuFrom), output: '[]' }
  }
}

function cpuSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1_000
}

export function enterGuest(guest: Guest, kind: string, json: string, timeout: number): string {
  const options = Object.assign(Object.create(null), { timeout })
  const output: unknown = guest.enter.applySync(undefined, [kind, json], options)
  if (typeof output !== 'string') throw new TypeError('The prelude answered with something else than text')
  return output
}

/** Where it was thrown in the extension; what else stands on the stack is the host's. */
function framesOf(error: unknown): string[] {
  try {
    const lines = String((error as { stack?: unknown }).stack)
      .slice(0, 4_000)
      .split('\n')
    return lines.filter((line) => /^ +at .{0,200}\bext:\/\//.test(line)).slice(0, 5)
  } catch {
    return []
  }
}

export function messageOf(error: unknown): string {
  try {
    const message: unknown = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
    return String(message).slice(0, 1_000)
  } catch {
    return 'An error that cannot be shown'
  }
}
