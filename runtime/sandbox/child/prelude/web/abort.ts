import { startTimer } from '../bridge.ts'
import { isObject, needArguments } from './convert.ts'
import { domException } from './dom-exception.ts'
import { type Event, eventClasses } from './event-target.ts'
import { once } from './once.ts'

/** Known to this module alone: without it nobody makes a signal. */
const KEY: unique symbol = Symbol('signal')

export const abortClasses = once(() => {
  const { Event, EventTarget } = eventClasses()
  let fire!: (signal: AbortSignal, reason: unknown) => void
  class AbortSignal extends EventTarget {
    #aborted = false
    #reason: unknown
    #followers: AbortSignal[] = []
    /** Of a signal that `any` made: those that it follows, none of which follows another. */
    #sources: AbortSignal[] = []
    #onabort: ((event: Event) => void) | null = null
    constructor(key?: unknown) {
      if (key !== KEY) throw new TypeError('Illegal constructor')
      super()
    }
    get aborted(): boolean {
      return this.#aborted
    }
    get reason(): unknown {
      return this.#reason
    }
    get onabort(): ((event: Event) => void) | null {
      return this.#onabort
    }
    set onabort(value: unknown) {
      const before = this.#onabort
      this.#onabort = isObject(value) ? (value as (event: Event) => void) : null
      // Its turn among the listeners is that of the moment at which it was set (HTML, "event handlers").
      if (this.#onabort && !before) this.addEventListener('abort', this.#callOnabort)
      if (before && !this.#onabort) this.removeEventListener('abort', this.#callOnabort)
    }
    readonly #callOnabort = (event: Event): void => {
      if (typeof this.#onabort === 'function') this.#onabort(event)
    }
    throwIfAborted(): void {
      if (this.#aborted) throw this.#reason
    }
    static abort(reason?: unknown): AbortSignal {
      const signal = create()
      signal.#aborted = true
      signal.#reason = reason === undefined ? abortError() : reason
      return signal
    }
    static timeout(...args: unknown[]): AbortSignal {
      needArguments(args, 1, 'AbortSignal.timeout')
      const ms = Number(args[0])
      if (!Number.isInteger(Math.trunc(ms)) || ms < 0)
        throw new RangeError('AbortSignal.timeout takes milliseconds from 0')
      const signal = create()
      startTimer(() => fire(signal, domException('TimeoutError', 'The operation was aborted due to timeout')), ms)
      return signal
    }
    static any(signals: unknown): AbortSignal {
      if (!isObject(signals)) throw new TypeError('AbortSignal.any takes a list of signals')
      const sources = [...(signals as Iterable<unknown>)]
      if (!sources.every((source) => source instanceof AbortSignal)) {
        throw new TypeError('AbortSignal.any takes signals')
      }
      const aborted = sources.find((source) => source.#aborted)
      if (aborted) return AbortSignal.abort(aborted.#reason)
      const signal = create()
      const all = sources.flatMap((source) => (source.#sources.length > 0 ? source.#sources : [source]))
      signal.#sources = [...new Set(all)]
      for (const source of signal.#sources) source.#followers.push(signal)
      return signal
    }
    override get [Symbol.toStringTag](): string {
      return 'AbortSignal'
    }
    static {
      fire = (signal, reason) => {
        if (signal.#aborted) return
        // All who follow have aborted before the first listener runs (DOM, "signal abort").
        const all = [signal, ...signal.#followers.filter((follower) => !follower.#aborted)]
        for (const one of all) {
          one.#aborted = true
          one.#reason = reason
          one.#followers = one === signal ? one.#followers : []
        }
        for (const one of all) one.dispatchEvent(new Event('abort'))
      }
    }
  }

  const create = () => new AbortSignal(KEY)

  class AbortController {
    readonly #signal = create()
    get signal(): AbortSignal {
      return this.#signal
    }
    abort(reason?: unknown): void {
      fire(this.#signal, reason === undefined ? abortError() : reason)
    }
    get [Symbol.toStringTag](): string {
      return 'AbortController'
    }
  }
  return { AbortController, AbortSignal }
})

export type AbortController = InstanceType<ReturnType<typeof abortClasses>['AbortController']>
export type AbortSignal = InstanceType<ReturnType<typeof abortClasses>['AbortSignal']>

function abortError(): Error {
  return domException('AbortError', 'This operation was aborted')
}
