import { AnnexError } from '../annex-error.ts'
import { startTimer, stopTimer } from '../bridge.ts'
import { logger } from '../context.ts'
import { fetchResource, Response } from '../fetch.ts'
import { hide } from '../primordials.ts'
import { AbortController, AbortSignal } from './abort.ts'
import { atob, btoa } from './base64.ts'
import { Headers } from './headers.ts'
import { createUrlClasses } from './url.ts'
import { TextDecoder, TextEncoder } from './utf8.ts'

type Native = (operation: string, text: string) => string

/**
 * The web's basics beside ECMAScript. Each run pays for this: what costs something to build is built when first looked
 * at, and the rest is assigned, which costs V8 a third of a definition.
 */
export function installWeb(native: Native): void {
  Object.assign(globalThis, {
    fetch: fetchResource,
    setTimeout: (run: (...args: unknown[]) => void, ms?: unknown, ...args: unknown[]) =>
      startTimer(() => run(...args), ms),
    clearTimeout: stopTimer,
    queueMicrotask: (run: () => void) => void Promise.resolve().then(run),
    self: globalThis,
    AnnexError,
    Headers,
    Response,
    AbortController,
    AbortSignal,
    TextEncoder,
    TextDecoder,
    atob,
    btoa,
  })
  lazily('console', createConsole)
  lazily('URL', () => urlClasses(native).URL)
  lazily('URLSearchParams', () => urlClasses(native).URLSearchParams)
  lazily('crypto', () => createCrypto(native))
}

let urls: ReturnType<typeof createUrlClasses> | undefined
function urlClasses(native: Native): ReturnType<typeof createUrlClasses> {
  urls ??= createUrlClasses(native)
  return urls
}

function createConsole(): object {
  const line = (level: string) => {
    const write = logger(level)
    return (...values: unknown[]) => write(values.map(textOf).join(' '))
  }
  return { debug: line('debug'), log: line('info'), info: line('info'), warn: line('warn'), error: line('error') }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.stack ?? String(value)
  return JSON.stringify(value) ?? String(value)
}

function createCrypto(native: Native): object {
  return {
    randomUUID: () => native('uuid', ''),
    getRandomValues<T extends ArrayBufferView>(array: T): T {
      if (array.byteLength > 65_536) throw new RangeError('At most 65,536 bytes at a time')
      const bytes = new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength)
      const hex = native('random', String(bytes.length))
      for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
      return array
    },
  }
}

function lazily(name: string, create: () => unknown): void {
  Object.defineProperty(globalThis, name, {
    get() {
      const value = create()
      hide(globalThis, name, value)
      return value
    },
    set: (value: unknown) => hide(globalThis, name, value),
    configurable: true,
    enumerable: false,
  })
}
