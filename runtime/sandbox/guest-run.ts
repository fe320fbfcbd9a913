import { RESOURCES } from '@annex/sdk/resources'
import type { GuestPool, Seat } from './guest-pool.ts'
import type { Answer } from './guest-process.ts'
import type { HostCallResult } from './host-call.ts'
import { CAGE_LIMITS, STEP_LIMITS } from './limits.ts'
import { type GuestMessage, parseGuestMessages, type StartInput, type ToChild } from './protocol.ts'
import type { EndClass, Run, RunFailure, RunRequest, StepLimits, StepResult } from './run.ts'
import { quota, RunStep, type Settled } from './run-step.ts'

type StopReason = 'wall' | 'cancelled' | 'slice' | 'memory' | 'protocol'

/** One run in the pool: takes a seat at its first step and keeps it until it is over. */
export class GuestRun implements Run {
  readonly #pool: GuestPool
  readonly #id: number
  readonly #request: RunRequest
  readonly #limits: StepLimits
  readonly #aborted = new AbortController()
  #seat: Seat | undefined
  #step: RunStep | undefined
  #over = false
  /** Counts what the guest does: of the open step, or between two steps of the last one. */
  #meter: RunStep | undefined
  #callsInFlight = 0
  readonly #timers = new Set<NodeJS.Timeout>()
  /** Slices asked for and not answered. */
  #asked = 0
  /** Answers that came while no step was open: a page was out and nobody pulled yet. */
  #held: (() => void)[] = []

  constructor(pool: GuestPool, id: number, request: RunRequest) {
    this.#pool = pool
    this.#id = id
    this.#request = request
    this.#limits = { ...STEP_LIMITS, ...request.limits }
  }

  step(): Promise<StepResult> {
    return new Promise((resolve) => {
      if (this.#over || this.#step) {
        new RunStep(this.#limits, resolve).settle({ failure: failed('CANCELLED', 'The run is over') })
        return
      }
      const { wallMs } = this.#limits
      const onWall = () => this.#stop('wall', failed('WALL', `The run took longer than ${wallMs} ms`))
      const onAbort = () => this.#stop('cancelled', failed('CANCELLED', 'The run was stopped'))
      const wall = setTimeout(onWall, wallMs)
      this.#request.signal?.addEventListener('abort', onAbort, { once: true })
      this.#step = new RunStep(this.#limits, (result) => {
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

  async close(): Promise<void> {
    if (this.#over) return
    this.#settle({ failure: failed('CANCELLED', 'The run was closed') })
    this.#leave()
  }

  async #begin(step: RunStep): Promise<void> {
    const { organizationId, installationId, digest } = this.#request
    const seat = await this.#pool.seat({ organizationId, installationId, digest }, this.#aborted.signal)
    if (this.#step !== step) return seat?.release()
    if (!seat) return this.#settle({ failure: failed('QUEUE', 'No sandbox process came free in time', true) })
    this.#seat = seat
    const problem = await this.#load(seat)
    if (this.#step !== step) return
    if (problem) return this.#settle({ failure: problem })
    const input = JSON.stringify(startInput(this.#request, this.#limits))
    if (!fitsFrame(input)) return this.#settle({ failure: failed('QUOTA', 'The arguments are larger than a frame') })
    this.#enter({ t: 'open', run: this.#id, unit: digest, ...this.#timeout() }, '', CAGE_LIMITS.loadMs)
    this.#enter({ t: 'start', run: this.#id, ...this.#timeout() }, input)
  }

  #resume(): void {
    for (const send of this.#held.splice(0)) send()
    this.#enter({ t: 'pull', run: this.#id, ...this.#timeout() }, '')
  }

  /** Compiles the entry script once for all runs that share the seat's process. */
  async #load(seat: Seat): Promise<RunFailure | undefined> {
    seat.loaded.promise ??= loadUnit(seat, this.#request)
    try {
      const message = await seat.loaded.promise
      return message === undefined ? undefined : { ...failed('USER_ERROR', message), code: 'EXTENSION_LOAD_FAILED' }
    } catch (error) {
      delete seat.loaded.promise
      const message = error instanceof Error ? error.message : 'The package could not be read'
      return { ...failed('CRASH', message, true), code: 'EXTENSION_LOAD_FAILED' }
    }
  }

  /** The child's own, coarser guard; the supervisor counts what is really computed. */
  #timeout(): { timeoutMs: number } {
    return { timeoutMs: this.#limits.sliceMs * CAGE_LIMITS.wallSlices }
  }

  #enter(message: ToChild, body: string, cpuMs = this.#limits.sliceMs): void {
    if (!this.#seat || this.#over) return
    this.#asked++
    void this.#seat.process.ask(message, body, cpuMs).then((answer) => {
      this.#asked--
      if (!this.#over) this.#receive(answer)
    })
  }

  #receive(answer: Answer): void {
    if (!answer.ok) {
      const { death } = answer
      this.#step?.addCpu(death.cpuMs)
      return this.#settle({ failure: failed(death.class, death.message, death.class === 'CRASH') })
    }
    const { message, body } = answer
    if (message.t !== 'slice') return
    if (message.end === 'timeout')
      return this.#stop('slice', failed('CPU', `A slice of code ran longer than ${this.#limits.sliceMs} ms`))
    if (message.end === 'memory') return this.#stop('memory', failed('MEMORY', 'The run used more memory than it may'))
    if (message.end === 'failed') return this.#stop('protocol', failed('CRASH', 'The slice could not be run', true))
    const spent = this.#step?.addCpu(message.cpuMs)
    if (message.warning !== undefined) this.#step?.log({ level: 'warn', message: `Unhandled: ${message.warning}` })
    this.#hearAll(body)
    if (spent) this.#stop('slice', failed('CPU', `The run took more than ${this.#limits.cpuMs} ms of computing time`))
    else if (this.#step && this.#isStuck()) {
      this.#settle({ failure: failed('WALL', 'The handler waits for something that never comes') })
    }
  }

  /** Nothing is under way that could ever bring the guest on. */
  #isStuck(): boolean {
    return this.#callsInFlight === 0 && this.#timers.size === 0 && this.#asked === 0
  }

  #hearAll(body: string): void {
    const said = parseGuestMessages(body, CAGE_LIMITS.depth)
    if (!said) return this.#settle({ failure: failed('USER_ERROR', `Not JSON of at most ${CAGE_LIMITS.depth} levels`) })
    // The prelude counts before it speaks: more than this comes from a child that is no longer ours.
    const { hostCalls, logLines } = this.#limits
    if (said.length > hostCalls + logLines + CAGE_LIMITS.callsInFlight) {
      return this.#stop('protocol', failed('CRASH', 'The sandbox process said more than a guest can', true))
    }
    for (const item of said) if (!this.#over) this.#hear(item)
  }

  #hear(item: GuestMessage): void {
    if (item.k === 'log') return this.#step?.log(item)
    if (item.k === 'result') return this.#settle({ value: item.value, done: item.done })
    if (item.k === 'error') return this.#step && this.#settle({ failure: this.#step.guestFailure(item) })
    if (item.k === 'timer') return this.#startTimer(item)
    this.#callsInFlight++
    this.#callHost(item)
      .catch(() => unavailable())
      .then((result) => {
        this.#callsInFlight--
        this.#deliver(item.id, result)
      })
  }

  #startTimer({ id, ms }: GuestMessage & { k: 'timer' }): void {
    if (this.#meter?.countCall('timer')) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        this.#deliver(id, { ok: true, value: null })
      },
      Math.min(ms, CAGE_LIMITS.timerMs),
    )
    this.#timers.add(timer)
  }

  async #callHost({ name, args }: GuestMessage & { k: 'call' }): Promise<HostCallResult> {
    const meter = this.#meter
    const tooMany = meter?.countCall(name)
    if (tooMany) return tooMany
    if (this.#callsInFlight > CAGE_LIMITS.callsInFlight) {
      return quota(`More than ${CAGE_LIMITS.callsInFlight} calls at a time`)
    }
    const result = await this.#request.dispatch({ name, args }, this.#aborted.signal)
    meter?.noteResult(result)
    return result
  }

  #deliver(id: number, result: HostCallResult): void {
    if (this.#over) return
    const body = JSON.stringify(result)
    const text = fitsFrame(body) ? body : JSON.stringify(quota('An answer larger than a frame'))
    const send = () => this.#enter({ t: 'deliver', run: this.#id, id, ...this.#timeout() }, text)
    if (this.#step) send()
    else this.#held.push(send)
  }

  /** Ends the run; a slice that may still be open takes its process with it. */
  #stop(reason: StopReason, failure: RunFailure): void {
    const broken = reason !== 'wall' && reason !== 'cancelled'
    if (this.#asked > 0 || broken) this.#seat?.process.kill(reason)
    this.#settle({ failure })
  }

  #settle(result: Settled): void {
    const step = this.#step
    this.#step = undefined
    if ('failure' in result || result.done) this.#leave()
    step?.settle(result)
  }

  #leave(): void {
    if (this.#over) return
    this.#over = true
    this.#held = []
    this.#aborted.abort()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    // A slice that is still open stays under its CPU limit; what it says goes nowhere.
    this.#seat?.process.tell({ t: 'end', run: this.#id })
    this.#seat?.release()
  }
}

/** `undefined` when it is there, else why it does not load. Throws when the package cannot be read. */
async function loadUnit(seat: Seat, { source, digest, extension, version }: RunRequest): Promise<string | undefined> {
  const filename = `ext://${extension}@${version}/extension.js`
  const question: ToChild = { t: 'load', unit: digest, filename, heapMb: CAGE_LIMITS.guestHeapMb }
  const answer = await seat.process.ask(question, await source(), CAGE_LIMITS.startMs)
  if (!answer.ok) throw new Error(answer.death.message)
  if (answer.message.t !== 'loaded' || answer.message.ok) return undefined
  return answer.message.message ?? 'The entry script does not load'
}

function startInput(request: RunRequest, limits: StepLimits): StartInput {
  const { handler, args, config, installationId, extension, version } = request
  const { hostCalls, fetches, logLines } = limits
  return {
    handler,
    args,
    config,
    installation: { id: installationId, extension, version },
    resources: RESOURCES.map(({ name }) => name),
    limits: { hostCalls, fetches, logLines, inFlight: CAGE_LIMITS.callsInFlight },
  }
}

/** In bytes; counted only where it could be too much. */
function fitsFrame(text: string): boolean {
  const room = CAGE_LIMITS.frameBytes - CAGE_LIMITS.messageChars
  return text.length * 3 <= room || Buffer.byteLength(text) <= room
}

function unavailable(): HostCallResult {
  return { ok: false, error: { code: 'UNAVAILABLE', message: 'The platform could not serve the call' } }
}

function failed(cls: EndClass, message: string, retryable = false): RunFailure {
  return { class: cls, code: cls, message, retryable }
}

const NOT_STARTED = failed('CRASH', 'The run could not be started', true)
