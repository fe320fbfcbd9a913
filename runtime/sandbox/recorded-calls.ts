import type { GuestCalls } from './guest-calls.ts'
import type { Asked, Playback, PlayedSlice } from './playback.ts'
import type { GuestMessage } from './protocol.ts'
import type { RunStep } from './run-step.ts'
import type { EnterKind } from './tape.ts'

interface Doors {
  deliver(json: string): void
  cancel(): void
  /** Ends the run. */
  stop(): void
}

/** Answers a guest from a recording. What it asks must be what was asked; the first difference ends the run. */
export class RecordedCalls implements GuestCalls {
  readonly #playback: Playback
  readonly #doors: Doors
  readonly #expected: readonly Asked[]
  readonly #asked = new Set<number>()
  #meter: RunStep | undefined
  #at = 0
  /** Slices entered of which nothing was heard yet. */
  #open = 0
  #index = 0
  #listening = false
  #closed = false

  constructor(playback: Playback, doors: Doors) {
    this.#playback = playback
    this.#doors = doors
    this.#expected = playback.slices.flatMap(({ asked }) => asked)
  }

  /** The guest's time for a slice that the run itself enters; the last known when there was no such slice. */
  enter(kind: EnterKind): number {
    const slice = this.#next()
    this.#open++
    if (slice?.enter === kind) this.#at++
    return (slice ?? this.#playback.slices.at(-1))?.now ?? 0
  }

  isWaiting(): boolean {
    const next = this.#next()?.enter
    return !this.#closed && (next === 'deliver' || next === 'abort')
  }

  begin(call: GuestMessage & { k: 'call' }, meter: RunStep): void {
    meter.countCall(call.name)
    this.#compare(call, meter)
  }

  beginTimer(timer: GuestMessage & { k: 'timer' }, meter: RunStep): void {
    meter.countCall('timer')
    this.#compare(timer, meter)
  }

  listen(on: boolean): void {
    this.#listening = on
    // What was delivered before a page was pulled has to be there before it is.
    if (on && this.#at > 0) while (this.#next()?.enter === 'deliver' && this.#deliver());
  }

  heard(): void {
    this.#open--
    const next = this.#next()
    // What a slice still asks for may be what the next answers.
    if (!this.#listening || !next || this.#open > 0) return
    if (next.enter === 'deliver') this.#deliver()
    else if (next.enter === 'abort') this.#doors.cancel()
  }

  close(): void {
    this.#closed = true
  }

  #next(): PlayedSlice | undefined {
    return this.#playback.slices[this.#at]
  }

  /** False when the guest has not asked for what would answer it. */
  #deliver(): boolean {
    const { answers = [] } = this.#next() ?? {}
    if (this.#closed) return false
    if (answers.some(({ id }) => !this.#asked.has(id))) {
      this.#depart(undefined)
      return false
    }
    for (const answer of answers) this.#meter?.noteResult(answer)
    this.#doors.deliver(JSON.stringify(answers))
    return true
  }

  #compare(actual: Asked, meter: RunStep): void {
    this.#meter = meter
    const expected = this.#expected[this.#index]
    if (this.#closed) return
    if (!expected || !this.#isSame(expected, actual)) return this.#depart(actual)
    this.#index++
    this.#asked.add(actual.id)
  }

  #isSame(expected: Asked, actual: Asked): boolean {
    if (expected.k !== actual.k || expected.id !== actual.id) return false
    if (expected.k === 'call' && actual.k === 'call' && this.#playback.anyArguments)
      return expected.name === actual.name
    return JSON.stringify(expected) === JSON.stringify(actual)
  }

  #depart(actual: Asked | undefined): void {
    const expected = this.#expected[this.#index]
    this.#closed = true
    this.#playback.departed({ index: this.#index, ...(expected && { expected }), ...(actual && { actual }) })
    this.#doors.stop()
  }
}
