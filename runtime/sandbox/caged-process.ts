import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { createFrameDecoder, encodeFrame, type Frame, FrameError } from './framing.ts'
import { CAGE_LIMITS } from './limits.ts'
import { type ProcessFacts, processFacts } from './process-facts.ts'

/** Why the supervisor killed a child. */
export type KillReason = 'slice' | 'wall' | 'memory' | 'protocol' | 'start' | 'cancelled' | 'close'

/** What is known when a child is gone: only the supervisor's own facts. */
export interface ProcessEnd {
  reason?: KillReason
  signal: NodeJS.Signals | null
  code: number | null
  peakBytes: number
  /** The last lines of its standard error, for our log alone. */
  stderr: string
}

export interface CagedProcess {
  readonly pid: number
  readonly ended: Promise<ProcessEnd>
  send(header: object, body?: string | Uint8Array): void
  /** SIGKILL, always: a polite request can hang inside the child. The first reason counts. */
  kill(reason: KillReason): void
  /** Looks at the process every few milliseconds while a slice is open; kills over its memory. */
  watch(on: boolean): void
  /** Now; `undefined` where the machine does not tell. */
  facts(): ProcessFacts | undefined
}

const STDERR_CHARS = 2_048
/** Frames, memory watch and death of one child. Anything odd on the channel kills it. */
export function superviseProcess(
  child: ChildProcess,
  onFrame: (frame: Frame) => void,
  limits: { readonly frameBytes: number; readonly residentBytes: number } = CAGE_LIMITS,
  onLook: (facts: ProcessFacts) => void = () => {},
): CagedProcess {
  const channel = child.stdio[3] as Duplex
  const decode = createFrameDecoder(limits.frameBytes)
  let reason: KillReason | undefined
  let peakBytes = 0
  let stderr = ''
  let timer: NodeJS.Timeout | undefined

  channel.on('data', (chunk: Buffer) => {
    if (reason) return
    try {
      for (const frame of decode(chunk)) if (!reason) onFrame(frame)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      kill('protocol')
    }
  })
  channel.on('error', () => kill('protocol'))
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_CHARS)
  })
  const ended = new Promise<ProcessEnd>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      watch(false)
      resolve({ ...(reason && { reason }), signal, code, peakBytes, stderr })
    }
    child.once('exit', finish)
    child.once('error', () => finish(null, null))
  })

  return {
    pid: child.pid ?? 0,
    ended,
    send: (header, body) => void (channel.writable && channel.write(encodeFrame(JSON.stringify(header), body))),
    kill,
    watch,
    facts: () => processFacts(child.pid ?? 0),
  }

  function kill(why: KillReason): void {
    reason ??= why
    child.kill('SIGKILL')
  }

  function watch(on: boolean): void {
    if (!on) {
      clearInterval(timer)
      timer = undefined
    } else timer ??= setInterval(look, CAGE_LIMITS.residentPollMs)
  }

  function look(): void {
    const facts = processFacts(child.pid ?? 0)
    if (!facts) return
    peakBytes = Math.max(peakBytes, facts.residentBytes)
    if (facts.residentBytes > limits.residentBytes) kill('memory')
    else onLook(facts)
  }
}
