import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { CagedChild } from './cage.ts'
import { createFrameDecoder, encodeFrame, type Frame, FrameError } from './framing.ts'
import { CAGE_LIMITS } from './limits.ts'
import { type ProcessFacts, processFacts } from './process-facts.ts'

/** Why the supervisor, or for `memory` the kernel, killed a child. */
export type KillReason = 'slice' | 'wall' | 'memory' | 'protocol' | 'start' | 'cancelled' | 'close'

/** What is known when a child is gone: only the supervisor's own facts. */
export interface ProcessEnd {
  reason?: KillReason
  signal: NodeJS.Signals | null
  code: number | null
  /** The last lines of its standard error, for our log alone. */
  stderr: string
}

const STDERR_CHARS = 2_048
const DYING_MS = 200

/**
 * Starts and supervises one child. Never throws: a process that cannot be started, for want of descriptors say, is one
 * that ended at once.
 */
export function superviseProcess(
  spawn: () => CagedChild,
  onFrame: (frame: Frame) => void,
  frameBytes: number,
  onLook: (facts: ProcessFacts) => void,
): CagedProcess {
  try {
    return new SupervisedProcess(spawn(), onFrame, frameBytes, onLook)
  } catch (error) {
    return unstarted(error)
  }
}

export interface CagedProcess {
  readonly pid: number
  readonly ended: Promise<ProcessEnd>
  send(header: object, body?: string | Uint8Array): void
  /** SIGKILL, always: a polite request can hang inside the child. The first reason counts. */
  kill(reason: KillReason): void
  /** Looks at the process every few milliseconds while a question is open, and tells what it saw. */
  watch(on: boolean): void
  /** Now; `undefined` where the machine does not tell. */
  facts(): ProcessFacts | undefined
}

/** Frames, watch and death of one child. Anything odd on the channel kills it. */
class SupervisedProcess implements CagedProcess {
  readonly ended: Promise<ProcessEnd>
  readonly #child: ChildProcess
  readonly #channel: Duplex
  readonly #onLook: (facts: ProcessFacts) => void
  #reason: KillReason | undefined
  #stderr = ''
  #watched = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    { process: child, leave }: CagedChild,
    onFrame: (frame: Frame) => void,
    frameBytes: number,
    onLook: (facts: ProcessFacts) => void,
  ) {
    this.#child = child
    this.#onLook = onLook
    this.#channel = child.stdio[3] as Duplex
    const decode = createFrameDecoder(frameBytes)
    this.#channel.on('data', (chunk: Buffer) => this.#receive(() => decode(chunk), onFrame))
    this.#channel.on('error', () => this.#onBrokenChannel())
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_CHARS)
    })
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(this.#finish(code, signal, leave())))
      child.once('error', () => resolve(this.#finish(null, null, leave())))
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** What is said in one go leaves in one go. */
  send(header: object, body?: string | Uint8Array): void {
    if (!this.#channel.writable) return
    if (this.#channel.writableCorked === 0) {
      this.#channel.cork()
      process.nextTick(() => this.#channel.uncork())
    }
    this.#channel.write(encodeFrame(JSON.stringify(header), body))
  }

  kill(reason: KillReason): void {
    this.#reason ??= reason
    this.#child.kill('SIGKILL')
  }

  /** The timer outlives the question by a look: the next one often follows at once. */
  watch(on: boolean): void {
    this.#watched = on
    if (on) this.#timer ??= setInterval(() => this.#look(), CAGE_LIMITS.residentPollMs)
  }

  facts(): ProcessFacts | undefined {
    return processFacts(this.pid)
  }

  #receive(decode: () => Frame[], onFrame: (frame: Frame) => void): void {
    if (this.#reason) return
    try {
      for (const frame of decode()) if (!this.#reason) onFrame(frame)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.kill('protocol')
    }
  }

  #look(): void {
    if (!this.#watched) return this.#stopLooking()
    const facts = this.facts()
    if (facts) this.#onLook(facts)
  }

  /** A process that is dying breaks its channel first, and how it died is still to be told. */
  #onBrokenChannel(): void {
    setTimeout(() => this.kill('protocol'), DYING_MS).unref()
  }

  #stopLooking(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #finish(code: number | null, signal: NodeJS.Signals | null, { outOfMemory }: { outOfMemory: boolean }): ProcessEnd {
    this.#stopLooking()
    const reason = this.#reason ?? (outOfMemory ? 'memory' : undefined)
    return { ...(reason && { reason }), signal, code, stderr: this.#stderr }
  }
}

function unstarted(error: unknown): CagedProcess {
  const stderr = error instanceof Error ? error.message : 'It could not be started'
  return {
    pid: 0,
    ended: Promise.resolve({ signal: null, code: null, stderr }),
    send: () => {},
    kill: () => {},
    watch: () => {},
    facts: () => undefined,
  }
}
