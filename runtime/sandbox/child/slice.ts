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

/** How long collecting the output may take: it is the prelude's own code, so this never fires in good order. */
const DRAIN_MS = 10_000

/**
 * Runs `work` as one timed slice and collects what the guest said in it. Which way it ended is told from the clock and
 * the isolate, never from an error's text, as a guest can write any text.
 */
export function runSlice(guest: Guest, timeoutMs: number, work: () => void): Slice {
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
    if (thrown !== undefined) slice.warning = messageOf(thrown)
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

export function messageOf(error: unknown): string {
  try {
    return String((error as { message?: unknown }).message).slice(0, 1_000)
  } catch {
    return 'An error that cannot be shown'
  }
}
