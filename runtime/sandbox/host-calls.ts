import type { GuestCalls } from './guest-calls.ts'
import type { Dispatch, HostCallResult } from './host-call.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { GuestMessage } from './protocol.ts'
import { quota, type RunStep } from './run-step.ts'

/**
 * The calls and timers of one run that are under way. Answers that come in one turn of the event loop are delivered
 * together; those that come while nobody listens (a page is out and the next is not pulled yet) wait.
 */
export class HostCalls implements GuestCalls {
  readonly #dispatch: Dispatch
  readonly #signal: AbortSignal
  readonly #deliver: (json: string) => void
  readonly #timers = new Set<NodeJS.Timeout>()
  #inFlight = 0
  #answers: string[] = []
  #flushing = false
  #listening = false
  #closed = false

  /** `deliver` takes JSON of `Delivery[]`, of at most a frame. */
  constructor(dispatch: Dispatch, signal: AbortSignal, deliver: (json: string) => void) {
    this.#dispatch = dispatch
    this.#signal = signal
    this.#deliver = deliver
  }

  isWaiting(): boolean {
    return this.#inFlight > 0 || this.#timers.size > 0 || this.#answers.length > 0
  }

  begin(call: GuestMessage & { k: 'call' }, meter: RunStep): void {
    this.#inFlight++
    this.#ask(call, meter)
      .catch(() => UNAVAILABLE)
      .then((result) => {
        this.#inFlight--
        this.#answer(call.id, result)
      })
  }

  beginTimer({ id, ms }: GuestMessage & { k: 'timer' }, meter: RunStep): void {
    // The guest's own side keeps to it, and tells the guest: more comes from a child that is no longer ours.
    if (meter.countCall('timer') || this.#timers.size >= CAGE_LIMITS.timers) return
    const fire = () => {
      this.#timers.delete(timer)
      this.#answer(id, { ok: true, value: null })
    }
    const timer = setTimeout(fire, Math.min(ms, CAGE_LIMITS.timerMs))
    this.#timers.add(timer)
  }

  listen(on: boolean): void {
    this.#listening = on
    if (on) this.flush()
  }

  /** Answers come when they come. */
  heard(): void {}

  close(): void {
    this.#closed = true
    this.#answers = []
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  /** Delivers what has come, in as few frames as will do. */
  flush(): void {
    this.#flushing = false
    if (this.#closed || !this.#listening) return
    let batch = ''
    for (const answer of this.#answers.splice(0)) {
      if (batch !== '' && (batch.length + answer.length) * 3 > ROOM_BYTES) {
        this.#deliver(`[${batch}]`)
        batch = ''
      }
      batch = batch === '' ? answer : `${batch},${answer}`
    }
    if (batch !== '') this.#deliver(`[${batch}]`)
  }

  async #ask({ name, args }: GuestMessage & { k: 'call' }, meter: RunStep): Promise<HostCallResult> {
    const tooMany = meter.countCall(name)
    if (tooMany) return tooMany
    if (this.#inFlight > CAGE_LIMITS.callsInFlight)
      return quota(`More than ${CAGE_LIMITS.callsInFlight} calls at a time`)
    const result = await this.#dispatch({ name, args }, this.#signal)
    meter.noteResult(result)
    return result
  }

  #answer(id: number, result: HostCallResult): void {
    if (this.#closed) return
    const text = JSON.stringify({ id, ...result })
    this.#answers.push(fitsFrame(text) ? text : JSON.stringify({ id, ...quota('An answer larger than a frame') }))
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.flush())
  }
}

/** In bytes, of which a character may take three; counted only where it could be too much. */
export function fitsFrame(text: string): boolean {
  return text.length * 3 <= ROOM_BYTES || Buffer.byteLength(text) <= ROOM_BYTES
}

const ROOM_BYTES = CAGE_LIMITS.frameBytes - CAGE_LIMITS.messageChars

const UNAVAILABLE: HostCallResult = {
  ok: false,
  error: { code: 'UNAVAILABLE', message: 'The platform could not serve the call' },
}
