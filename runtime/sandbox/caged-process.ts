import type { Duplex } from 'node:stream'
import { createFrameDecoder, encodeFrame, type Frame, FrameError } from './framing.ts'
import type { LaunchEnd } from './launcher/messages.ts'
import type { Launched } from './launcher.ts'
import { CAGE_LIMITS } from './limits.ts'
import { type ProcessFacts, processFacts } from './process-facts.ts'

/** Why the supervisor, or for `memory` the kernel, killed a child. */
export type KillReason = 'slice' | 'memory' | 'protocol' | 'start' | 'close'

/** What is known when a child is gone: only the supervisor's own facts. */
export interface ProcessEnd {
  reason?: KillReason
  signal: NodeJS.Signals | null
  code: number | null
  /** The last lines of its standard error, for our log alone. */
  stderr: string
  /** It died with the process that started it. */
  launcherGone?: boolean
}

const DYING_MS = 200

/**
 * Starts and supervises one child. Never throws: a process that cannot be started, for want of descriptors say, is one
 * that ended at once.
 */
export function superviseProcess(
  spawn: () => Launched,
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
  readonly #child: Launched
  #channel: Duplex | undefined
  /** Said before anybody listened. */
  #early: Buffer[] = []
  readonly #onLook: (facts: ProcessFacts) => void
  #reason: KillReason | undefined
  #watched = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    child: Launched,
    onFrame: (frame: Frame) => void,
    frameBytes: number,
    onLook: (facts: ProcessFacts) => void,
  ) {
    this.#child = child
    this.#onLook = onLook
    void child.channel.then((channel) => this.#open(channel, onFrame, frameBytes))
    this.ended = child.ended.then((end) => this.#finish(end))
  }

  get pid(): number {
    return this.#child.pid
  }

  /** What is said in one go leaves in one go. */
  send(header: object, body?: string | Uint8Array): void {
    const frame = encodeFrame(JSON.stringify(header), body)
    const channel = this.#channel
    if (!channel) return void this.#early.push(frame)
    if (!channel.writable) return
    if (channel.writableCorked === 0) {
      channel.cork()
      process.nextTick(() => channel.uncork())
    }
    channel.write(frame)
  }

  kill(reason: KillReason): void {
    this.#reason ??= reason
    this.#child.kill()
  }

  /** The timer outlives the question by a look: the next one often follows at once. */
  watch(on: boolean): void {
    this.#watched = on
    if (on) this.#timer ??= setInterval(() => this.#look(), CAGE_LIMITS.residentPollMs)
  }

  facts(): ProcessFacts | undefined {
    return processFacts(this.pid)
  }

  #open(channel: Duplex, onFrame: (frame: Frame) => void, frameBytes: number): void {
    const decode = createFrameDecoder(frameBytes)
    channel.on('data', (chunk: Buffer) => this.#receive(() => decode(chunk), onFrame))
    channel.on('error', () => this.#onBrokenChannel())
    channel.resume()
    for (const frame of this.#early.splice(0)) channel.write(frame)
    this.#channel = channel
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

  #finish({ code, signal, stderr, outOfMemory, launcherGone = false }: LaunchEnd): ProcessEnd {
    this.#stopLooking()
    this.#channel?.destroy()
    const reason = this.#reason ?? (outOfMemory ? 'memory' : undefined)
    return { ...(reason && { reason }), signal, code, stderr, launcherGone }
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
