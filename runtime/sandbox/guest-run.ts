import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import { FINISHED } from './child/prelude/finished.ts'
import type { GuestCalls } from './guest-calls.ts'
import type { GuestPool, Seat } from './guest-pool.ts'
import type { Answer, Death } from './guest-process.ts'
import { fitsFrame, HostCalls } from './host-calls.ts'
import { CAGE_LIMITS, STEP_LIMITS } from './limits.ts'
import { loadFailure, unreadFailure } from './load-failure.ts'
import { DiedLoading, type LoadUnit, originOf } from './load-unit.ts'
import { type GuestMessage, parseGuestMessages, type StartInput, type ToChild } from './protocol.ts'
import { RecordedCalls } from './recorded-calls.ts'
import type { EndClass, Run, RunFailure, RunRequest, StepLimits, StepResult } from './run.ts'
import { RunStep, type Settled } from './run-step.ts'
import type { EnterKind, TapeSlice } from './tape.ts'

type StopReason = 'slice' | 'memory' | 'protocol'

/** One run in the pool: takes a seat at its first step and keeps it until it is over. */
export class GuestRun implements Run {
  readonly #pool: GuestPool
  readonly #loadUnit: LoadUnit
  readonly #id: number
  readonly #request: RunRequest
  readonly #origin: string
  readonly #limits: StepLimits
  readonly #aborted = new AbortController()
  readonly #calls: GuestCalls
  readonly #clock: Pick<Clock, 'now'>
  readonly #recorded: RecordedCalls | undefined
  #seat: Seat | undefined
  #step: RunStep | undefined
  /** Counts what the guest does: of the open step, or between two steps of the last one. */
  #meter: RunStep | undefined
  /** Whether the guest's context is there. */
  #begun = false
  /** Whether the child let go of the context, as the guest has nothing more to say. */
  #finished = false
  #over = false
  /** What ended it while no step was open. */
  #untold: RunFailure | undefined
  /** Slices asked for and not answered. */
  #asked = 0
  #cancelling: NodeJS.Timeout | undefined
  /** What the guest's clock shows: it never goes back. */
  #now = 0

  constructor(
    pool: GuestPool,
    loadUnit: LoadUnit,
    id: number,
    request: RunRequest,
    clock: Pick<Clock, 'now'> = systemClock,
  ) {
    this.#pool = pool
    this.#loadUnit = loadUnit
    this.#clock = clock
    this.#id = id
    this.#request = request
    this.#origin = originOf(request)
    this.#limits = { ...STEP_LIMITS, ...request.limits }
    const deliver = (json: string) => this.#enter('deliver', json)
    const { playback } = request
    this.#recorded = playback && new RecordedCalls(playback, this.#doorsFor(deliver))
    this.#calls = this.#recorded ?? new HostCalls(request.dispatch, this.#aborted.signal, deliver)
  }

  step(): Promise<StepResult> {
    return new Promise((resolve) => {
      if (this.#over || this.#step) {
        const failure = this.#untold ?? failed('CANCELLED', 'The run is over')
        this.#untold = undefined
        new RunStep(this.#origin, this.#limits, resolve).settle({ failure })
        return
      }
      const { wallMs } = this.#limits
      const onWall = () => this.#end(this.#begun ? limit('WALL', `The run took longer than ${wallMs} ms`) : NO_SEAT)
      const onAbort = () => this.#cancel()
      const wall = setTimeout(onWall, wallMs)
      this.#request.signal?.addEventListener('abort', onAbort, { once: true })
      this.#step = new RunStep(this.#origin, this.#limits, (result) => {
        clearTimeout(wall)
        this.#request.signal?.removeEventListener('abort', onAbort)
        resolve(result)
      })
      this.#meter = this.#step
      if (this.#request.signal?.aborted) onAbort()
      else if (this.#seat) this.#resume()
      else this.#begin(this.#step).catch(() => this.#settle({ failure: NOT_STARTED }))
    })
  }

  async close(): Promise<RunFailure | undefined> {
    if (!this.#over && this.#step) this.#settle({ failure: failed('CANCELLED', 'The run was closed') })
    this.#leave()
    return this.#untold
  }

  #doorsFor(deliver: (json: string) => void) {
    const stop = () => this.#end(failed('CANCELLED', 'The run departs from its recording'))
    return { deliver, stop, cancel: () => this.#cancel() }
  }

  async #begin(step: RunStep): Promise<void> {
    const { organizationId, installationId, digest } = this.#request
    const seat = await this.#pool.seat({ organizationId, installationId, digest }, this.#aborted.signal)
    if (this.#step !== step) return typeof seat === 'object' ? seat.release() : undefined
    if (seat === 'full') return this.#settle({ failure: QUEUE_FULL })
    if (!seat) return this.#settle({ failure: NO_SEAT })
    this.#seat = seat
    seat.slot.process.enter(this.#id, (closed) => this.#onDeath(closed))
    const problem = await this.#load(seat)
    if (this.#step !== step) return
    if (problem) return this.#settle({ failure: problem })
    const input = JSON.stringify(startInput(this.#request, this.#limits))
    if (!fitsFrame(input)) return this.#settle({ failure: failed('QUOTA', 'The arguments are larger than a frame') })
    seat.slot.touch()
    this.#begun = true
    this.#calls.listen(true)
    this.#enter('run', input)
  }

  /** The host works for it no more; if nothing of it was asked there, no answer tells of it. */
  #onDeath(closed: boolean): void {
    this.#aborted.abort()
    if (this.#begun && this.#asked === 0) this.#settle({ failure: closed ? CANCELLED : LOST })
  }

  #resume(): void {
    this.#calls.listen(true)
    this.#enter('pull', '')
  }

  async #load(seat: Seat): Promise<RunFailure | undefined> {
    try {
      const problem = await this.#loadUnit(seat, this.#request, this.#id)
      return problem === undefined ? undefined : loadFailure(problem)
    } catch (error) {
      if (error instanceof DiedLoading) return diedLoading(error.death)
      return unreadFailure(error)
    }
  }

  /** The host answers no call any more; the guest's signal fires, in one last slice, and then it is over. */
  #cancel(): void {
    if (this.#cancelling || this.#over) return
    this.#aborted.abort()
    if (!this.#begun) return this.#end(CANCELLED)
    this.#cancelling = setTimeout(() => this.#end(CANCELLED), CAGE_LIMITS.cancelMs)
    this.#enter('abort', '', () => this.#end(CANCELLED))
  }

  #enter(kind: EnterKind, body: string, answered = () => {}): void {
    if (!this.#seat || this.#over) return
    this.#asked++
    // The child's own, coarser guard; the supervisor counts what is really computed.
    const timeoutMs = this.#limits.sliceMs * CAGE_LIMITS.wallSlices
    const { slot, unit } = this.#seat
    const now = this.#timeFor(kind)
    const slice = { run: this.#id, timeoutMs, now }
    const question: ToChild =
      kind === 'run' ? { t: kind, unit: unit.id, seed: this.#seed(), ...slice } : { t: kind, ...slice }
    const noted = this.#request.tape?.entered(kind, now, body)
    const cpuMs = this.#limits.sliceMs + (kind === 'run' ? CAGE_LIMITS.loadMs : 0)
    void slot.process.ask(question, body, cpuMs, this.#request.installationId).then((answer) => {
      this.#asked--
      if (!this.#over) this.#receive(answer, noted)
      answered()
    })
  }

  #timeFor(kind: EnterKind): number {
    const { deterministic } = this.#request
    if (this.#recorded) this.#now = this.#recorded.enter(kind)
    else this.#now = deterministic?.now ?? Math.max(this.#now, Math.floor(this.#clock.now()))
    return this.#now
  }

  #seed(): string {
    const { playback, deterministic, tape } = this.#request
    const seed = playback?.seed ?? deterministic?.seed ?? randomBytes(SEED_BYTES).toString('hex')
    if (tape) tape.seed = seed
    return seed
  }

  #receive(answer: Answer, noted: TapeSlice | undefined): void {
    this.#step?.noteMemory(answer.grownBytes)
    if (!answer.ok) {
      const { cpuMs, offender, message, class: ending } = answer.death
      this.#step?.addCpu(cpuMs)
      const failure = failed(ending, message, ending === 'CRASH')
      return this.#settle({ failure: { ...failure, incident: offender && ending !== 'CANCELLED' } })
    }
    const { message, body } = answer
    if (message.t !== 'slice') return
    if (message.end === 'timeout')
      return this.#stop('slice', limit('CPU', `A slice of code ran longer than ${this.#limits.sliceMs} ms`))
    if (message.end === 'memory') return this.#onFullHeap(message.cpuMs)
    if (message.end === 'failed') return this.#stop('protocol', limit('CRASH', 'The slice could not be run', true))
    const spent = this.#step?.addCpu(message.cpuMs)
    if (message.warning !== undefined) this.#step?.log({ level: 'warn', message: `Unhandled: ${message.warning}` })
    const text = body.toString('utf8')
    this.#finished ||= text.endsWith(FINISHED)
    if (noted) this.#request.tape?.said(noted, text)
    this.#hearAll(text)
    if (!this.#over && !spent) this.#calls.heard()
    if (spent)
      this.#settle({ failure: limit('CPU', `The run took more than ${this.#limits.cpuMs} ms of computing time`) })
    else if (this.#step && this.#isStuck())
      this.#settle({ failure: limit('WALL', 'The handler waits for something that never comes') })
  }

  /** Runs of one installation share a heap, and the one that fills it is not always the one that finds it full. */
  #onFullHeap(cpuMs: number): void {
    this.#step?.addCpu(cpuMs)
    const process = this.#seat?.slot.process
    const hardlyRan = (this.#step?.cpuMs ?? 0) < FILLING_MS
    const culprit = process ? process.culprit(this.#id, this.#request.installationId, hardlyRan) : this.#id
    if (culprit === this.#id) return this.#stop('memory', limit('MEMORY', 'The run used more memory than it may'))
    process?.kill('memory', culprit)
    this.#settle({ failure: failed('CRASH', 'Other runs of this installation used up its memory', true) })
  }

  /** Nothing is under way that could ever bring the guest on. */
  #isStuck(): boolean {
    return this.#asked === 0 && !this.#calls.isWaiting()
  }

  #hearAll(body: string): void {
    if (body === '[]') return
    const said = parseGuestMessages(body, CAGE_LIMITS)
    if (!said) return this.#settle({ failure: NOT_SAYABLE })
    // The prelude counts before it speaks: more than this comes from a child that is no longer ours.
    const { hostCalls, logLines } = this.#limits
    if (said.length > hostCalls + logLines + CAGE_LIMITS.callsInFlight) {
      return this.#stop('protocol', limit('CRASH', 'The sandbox process said more than a guest can', true))
    }
    for (const item of said) if (!this.#over) this.#hear(item)
  }

  #hear(item: GuestMessage): void {
    if (item.k === 'log') return this.#step?.log(item)
    if (item.k === 'result') return this.#settle({ value: item.value, done: item.done })
    if (!this.#meter) return
    if (item.k === 'error') return this.#settle({ failure: this.#meter.guestFailure(item) })
    if (item.k === 'timer') this.#calls.beginTimer(item, this.#meter)
    else this.#calls.begin(item, this.#meter)
  }

  /** Ends the run and the process that it has spoilt. */
  #stop(reason: StopReason, failure: RunFailure): void {
    if (this.#over) return
    this.#seat?.slot.process.kill(reason, this.#id)
    this.#settle({ failure })
  }

  /** Ends the run and nothing else: a slice of it that is open stays under its own limits. */
  #end(failure: RunFailure): void {
    if (this.#over) return
    const process = this.#seat?.slot.process
    process?.drop(this.#id, this.#request.installationId)
    this.#settle({ failure })
    process?.hurry(this.#id)
  }

  #settle(result: Settled): void {
    const step = this.#step
    this.#step = undefined
    this.#calls.listen(false)
    if (!step && 'failure' in result) this.#untold ??= result.failure
    if ('failure' in result || result.done) this.#leave()
    step?.settle(result)
  }

  #leave(): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#cancelling)
    this.#aborted.abort()
    this.#calls.close()
    const seat = this.#seat
    if (!seat) return
    seat.slot.process.leave(this.#id)
    if (!this.#begun || this.#finished) return seat.release()
    // A slice that is still open stays under its CPU limit; what it says goes nowhere. The same holds for the clearing up.
    const { sliceMs } = this.#limits
    const ended = seat.slot.process.ask({ t: 'end', run: this.#id }, '', sliceMs, this.#request.installationId)
    void ended.then(() => seat.release())
  }
}

function startInput(request: RunRequest, limits: StepLimits): StartInput {
  const { handler, args, config, installationId, extension, version, platform } = request
  const { hostCalls, fetches, logLines } = limits
  return {
    handler,
    args,
    config,
    installation: { id: installationId, extension, version },
    platform,
    limits: { hostCalls, fetches, logLines, inFlight: CAGE_LIMITS.callsInFlight, timers: CAGE_LIMITS.timers },
  }
}

function failed(cls: EndClass, message: string, retryable = false): RunFailure {
  return { class: cls, code: cls, message, retryable, incident: false }
}

/** The end that a run brought upon itself by going over a limit. */
function limit(cls: EndClass, message: string, retryable = false): RunFailure {
  return { ...failed(cls, message, retryable), incident: true }
}

const SEED_BYTES = 32

/** Filling a heap takes a run's time; one that computed less found it full. */
const FILLING_MS = 25

const NOT_SAYABLE = failed(
  'USER_ERROR',
  `Not JSON of at most ${CAGE_LIMITS.depth} levels and ${CAGE_LIMITS.values} values`,
)
/** What its code did to the process that compiled it, or what happened to that process anyway. */
function diedLoading({ offender, message, class: ending }: Death): RunFailure {
  return { ...failed(ending, message, ending === 'CRASH' && !offender), incident: offender && ending !== 'CANCELLED' }
}

const CANCELLED = failed('CANCELLED', 'The run was stopped')
const QUEUE_FULL = failed('QUEUE', 'Too many runs wait already for a sandbox process', true)
const NO_SEAT = failed('QUEUE', 'No sandbox process came free in time', true)
const LOST = failed('CRASH', 'The sandbox process ended, through no fault of this run', true)
const NOT_STARTED = failed('CRASH', 'The run could not be started', true)
