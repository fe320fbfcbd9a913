import type { Json } from '@annex/sdk/json'
import type { HostCallResult } from './host-call.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { GuestMessage } from './protocol.ts'
import type { EndClass, LogLine, RunFailure, StepLimits, StepResult } from './run.ts'

export type Settled = { value: Json; done: boolean } | { failure: RunFailure }

/** What one step of a run has used and said so far, held against its limits. */
export class RunStep {
  readonly #origin: string
  readonly #limits: StepLimits
  readonly #settle: (result: StepResult) => void
  readonly #startedAt = performance.now()
  readonly #logs: LogLine[] = []
  /** Codes of refusals that the host gave: a class of failure is believed only if its refusal happened. */
  readonly #refusals = new Set<string>()
  #cpuMs = 0
  #hostCalls = 0
  #fetches = 0
  #memoryBytes = 0
  #logChars = 0

  /** `origin`: what the frames of the extension begin with, `ext://@publisher/name@version/`. */
  constructor(origin: string, limits: StepLimits, settle: (result: StepResult) => void) {
    this.#origin = origin
    this.#limits = limits
    this.#settle = settle
  }

  get cpuMs(): number {
    return this.#cpuMs
  }

  /** Adds a slice; true when the step is over its CPU. */
  addCpu(ms: number): boolean {
    this.#cpuMs += ms
    return this.#cpuMs > this.#limits.cpuMs
  }

  noteMemory(grownBytes: number): void {
    this.#memoryBytes = Math.max(this.#memoryBytes, grownBytes)
  }

  /** The refusal, when the call or timer is one too many. */
  countCall(name: string): HostCallResult | undefined {
    if (++this.#hostCalls > this.#limits.hostCalls) return quota(`More than ${this.#limits.hostCalls} host calls`)
    if (name === 'fetch' && ++this.#fetches > this.#limits.fetches)
      return quota(`More than ${this.#limits.fetches} fetches`)
    return undefined
  }

  /** Beyond this the guest's own side refuses, and the host never hears of it. */
  #isSpent(): boolean {
    return this.#hostCalls >= this.#limits.hostCalls || this.#fetches >= this.#limits.fetches
  }

  noteResult(result: HostCallResult): void {
    if (!result.ok) this.#refusals.add(result.error.code)
  }

  log({ level, message, details }: LogLine): void {
    if (this.#logs.length >= this.#limits.logLines) return
    this.#logChars += Math.min(message.length, CAGE_LIMITS.logMessageChars)
    if (details) this.#logChars += JSON.stringify(details).length
    // The guest's own side counts too, and tells the guest: more comes from a child that is no longer ours.
    if (this.#logChars > CAGE_LIMITS.logChars) return
    this.#logs.push({ level, message: bounded(message, CAGE_LIMITS.logMessageChars), ...(details && { details }) })
  }

  /** The failure that an error of the guest's own makes. */
  guestFailure({ code, name, message, stack, retryAfter }: GuestMessage & { k: 'error' }): RunFailure {
    const refused = code !== undefined && (this.#refusals.has(code) || (code === 'QUOTA_EXCEEDED' && this.#isSpent()))
    const frames = ownFrames(stack, this.#origin)
    return {
      class: (refused && REFUSAL_CLASSES[code]) || 'USER_ERROR',
      code: bounded(code ?? name ?? 'Error', CAGE_LIMITS.codeChars),
      message: bounded(message, CAGE_LIMITS.messageChars),
      ...(frames && { stack: bounded(frames, CAGE_LIMITS.messageChars) }),
      retryable: RETRYABLE_CODES.has(code ?? ''),
      incident: false,
      ...(retryAfter !== undefined && { retryAfter }),
    }
  }

  settle(result: Settled): void {
    const wallMs = performance.now() - this.#startedAt
    const usage = {
      cpuMs: hundredths(this.#cpuMs),
      wallMs: hundredths(wallMs),
      hostCalls: this.#hostCalls,
      fetches: this.#fetches,
      memoryBytes: this.#memoryBytes,
    }
    const logs = this.#logs
    if ('failure' in result) this.#settle({ ok: false, failure: result.failure, usage, logs })
    else this.#settle({ ok: true, value: result.value, done: result.done, usage, logs })
  }
}

const REFUSAL_CLASSES: Record<string, EndClass> = {
  PERMISSION_DENIED: 'PERMISSION',
  EGRESS_DENIED: 'EGRESS',
  QUOTA_EXCEEDED: 'QUOTA',
}

const RETRYABLE_CODES = new Set(['CONNECTION_FAILED', 'RATE_LIMIT_EXCEEDED', 'TIMEOUT', 'UNAVAILABLE'])

export function quota(message: string): HostCallResult {
  return { ok: false, error: { code: 'QUOTA_EXCEEDED', message: `${message} in one step` } }
}

/** Frames of this extension only: the host's are nobody's business, and another's name would be a lie. */
function ownFrames(stack: string | undefined, origin: string): string | undefined {
  const isOwn = (line: string) => /^\s+at /.test(line) && line.replace(/^\s+at (?:.*\()?/, '').startsWith(origin)
  const frames = stack?.split('\n').filter(isOwn)
  return frames && frames.length > 0 ? frames.join('\n') : undefined
}

/** Guest text as it may be kept: cut, and without the half of a surrogate pair that a cut or a guest leaves behind. */
function bounded(text: string, chars: number): string {
  return text.slice(0, chars).toWellFormed()
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100
}
