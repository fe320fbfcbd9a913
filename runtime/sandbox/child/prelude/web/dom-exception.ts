import { ErrorClass } from '../primordials.ts'
import { once } from './once.ts'

/** Web IDL, table of error names; those without an old number have 0. */
const CODES: Record<string, number> = {
  __proto__: null as never,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
}

export const domExceptionClass = once(() => {
  class DOMException extends ErrorClass {
    readonly #name: string
    constructor(message: unknown = '', options: unknown = 'Error') {
      super(`${message}`)
      const named =
        typeof options === 'object' && options !== null ? (options as { name?: unknown; cause?: unknown }) : undefined
      this.#name = `${named ? (named.name ?? 'Error') : options}`
      if (named && 'cause' in named)
        Object.defineProperty(this, 'cause', { value: named.cause, configurable: true, writable: true })
    }
    override get name(): string {
      return this.#name
    }
    get code(): number {
      return CODES[this.#name] ?? 0
    }
    get [Symbol.toStringTag](): string {
      return 'DOMException'
    }
  }
  return DOMException
})

export type DOMException = InstanceType<ReturnType<typeof domExceptionClass>>

export function domException(name: string, message: string): DOMException {
  return new (domExceptionClass())(message, name)
}
