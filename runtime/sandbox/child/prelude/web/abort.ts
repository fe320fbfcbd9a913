/** `AbortController` and `AbortSignal`, without the rest of the DOM's events. */
type Listener = (event: { type: 'abort' }) => void

export class AbortSignal {
  #reason: unknown
  #aborted = false
  readonly #listeners = new Set<Listener>()
  onabort: Listener | null = null

  get aborted(): boolean {
    return this.#aborted
  }
  get reason(): unknown {
    return this.#reason
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason
  }
  addEventListener(type: string, listener: Listener): void {
    if (type === 'abort') this.#listeners.add(listener)
  }
  removeEventListener(type: string, listener: Listener): void {
    if (type === 'abort') this.#listeners.delete(listener)
  }
  static abort(signal: AbortSignal, reason: unknown): void {
    if (signal.#aborted) return
    signal.#aborted = true
    signal.#reason = reason
    signal.onabort?.({ type: 'abort' })
    for (const listener of signal.#listeners) listener({ type: 'abort' })
  }
}

export class AbortController {
  readonly signal = new AbortSignal()
  abort(reason: unknown = new Error('This operation was aborted')): void {
    AbortSignal.abort(this.signal, reason)
  }
}
