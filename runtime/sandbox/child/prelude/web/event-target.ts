import { callable, dictionary, isObject, needArguments } from './convert.ts'
import { once } from './once.ts'

interface Listener {
  callback: object
  capture: boolean
  once: boolean
  removed: boolean
}

/** `Event` and `EventTarget`, as far as there is no tree that an event could travel through. */
export const eventClasses = once(() => {
  let dispatch!: (target: EventTarget, event: Event) => void
  class Event {
    readonly #type: string
    readonly #cancelable: boolean
    #target: EventTarget | null = null
    #prevented = false
    #stopped = false
    readonly timeStamp = 0
    constructor(...args: unknown[]) {
      needArguments(args, 1, 'Event')
      this.#type = `${args[0]}`
      this.#cancelable = Boolean(dictionary(args[1], 'Event').cancelable)
    }
    get type(): string {
      return this.#type
    }
    get target(): EventTarget | null {
      return this.#target
    }
    get currentTarget(): EventTarget | null {
      return this.#target
    }
    get cancelable(): boolean {
      return this.#cancelable
    }
    get defaultPrevented(): boolean {
      return this.#prevented
    }
    preventDefault(): void {
      if (this.#cancelable) this.#prevented = true
    }
    stopPropagation(): void {}
    stopImmediatePropagation(): void {
      this.#stopped = true
    }
    get [Symbol.toStringTag](): string {
      return 'Event'
    }
    static {
      dispatch = (target, event) => {
        event.#target = target
        event.#stopped = false
        for (const listener of listenersOf(target, event.#type)) {
          if (event.#stopped) return
          fire(target, listener, event)
        }
      }
    }
  }

  let listenersOf!: (target: EventTarget, type: string) => Listener[]
  class EventTarget {
    readonly #listeners = new Map<string, Listener[]>()
    static {
      listenersOf = (target, type) => target.#listeners.get(type) ?? []
    }
    addEventListener(...args: unknown[]): void {
      needArguments(args, 2, 'addEventListener')
      const [type, callback] = [`${args[0]}`, args[1]]
      const { capture, once: single, signal } = optionsOf(args[2])
      if (!isObject(callback)) return
      const before = this.#listeners.get(type) ?? []
      if (before.some((other) => other.callback === callback && other.capture === capture)) return
      if (signal && (signal as { aborted?: unknown }).aborted) return
      this.#listeners.set(type, [...before, { callback, capture, once: single, removed: false }])
      if (signal instanceof EventTarget) {
        signal.addEventListener('abort', () => this.removeEventListener(type, callback, { capture }))
      }
    }
    removeEventListener(...args: unknown[]): void {
      needArguments(args, 2, 'removeEventListener')
      const [type, callback] = [`${args[0]}`, args[1]]
      const { capture } = optionsOf(args[2])
      const isMeant = (other: Listener) => other.callback === callback && other.capture === capture
      const before = this.#listeners.get(type) ?? []
      for (const listener of before.filter(isMeant)) listener.removed = true
      this.#listeners.set(
        type,
        before.filter((other) => !isMeant(other)),
      )
    }
    dispatchEvent(event: unknown): boolean {
      if (!(event instanceof Event)) throw new TypeError('dispatchEvent takes an Event')
      dispatch(this, event)
      return !event.defaultPrevented
    }
    get [Symbol.toStringTag](): string {
      return 'EventTarget'
    }
  }
  return { Event, EventTarget }
})

export type EventTarget = InstanceType<ReturnType<typeof eventClasses>['EventTarget']>
export type Event = InstanceType<ReturnType<typeof eventClasses>['Event']>

function optionsOf(value: unknown): { capture: boolean; once: boolean; signal: unknown } {
  if (typeof value === 'boolean') return { capture: value, once: false, signal: undefined }
  const { capture, once: single, signal } = dictionary(value, 'A listener')
  return { capture: Boolean(capture), once: Boolean(single), signal }
}

/** A listener that throws is no business of whoever caused the event: its error shows as one that nobody handles. */
function fire(target: EventTarget, listener: Listener, event: Event): void {
  if (listener.removed) return
  const { callback, capture } = listener
  if (listener.once) target.removeEventListener(event.type, callback, capture)
  try {
    if (typeof callback === 'function') callback.call(target, event)
    else callable((callback as { handleEvent?: unknown }).handleEvent, 'A listener').call(callback, event)
  } catch (error) {
    Promise.reject(error)
  }
}
