import { AnnexError } from '../annex-error.ts'
import { fetchResource } from '../fetch.ts'
import { hide } from '../primordials.ts'
import { abortClasses } from './abort.ts'
import { atob, btoa } from './base64.ts'
import { createConsole } from './console.ts'
import { createCrypto } from './crypto.ts'
import { domExceptionClass } from './dom-exception.ts'
import { eventClasses } from './event-target.ts'
import { headersClass } from './headers.ts'
import { requestClass } from './request.ts'
import { responseClass } from './response.ts'
import { structuredCopy } from './structured-clone.ts'
import { textDecoderClass } from './text-decoder.ts'
import { textEncoderClass } from './text-encoder.ts'
import { clearTimer, queueWork, setRepeating, setTimer } from './timers.ts'
import { urlClass } from './url.ts'
import { urlSearchParams } from './url-search-params.ts'

const LAZY: Record<string, () => unknown> = {
  AbortController: () => abortClasses().AbortController,
  AbortSignal: () => abortClasses().AbortSignal,
  DOMException: domExceptionClass,
  Event: () => eventClasses().Event,
  EventTarget: () => eventClasses().EventTarget,
  Headers: () => headersClass().Headers,
  Request: () => requestClass().Request,
  Response: () => responseClass().Response,
  TextDecoder: textDecoderClass,
  TextEncoder: textEncoderClass,
  URL: urlClass,
  URLSearchParams: () => urlSearchParams().URLSearchParams,
  console: createConsole,
  crypto: createCrypto,
}

/**
 * The web's basics beside ECMAScript. Each run pays for this: what costs something to build is built when first looked
 * at, and the rest is assigned, which costs V8 a third of a definition.
 */
export function installWeb(): void {
  Object.assign(globalThis, {
    fetch: fetchResource,
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    setInterval: setRepeating,
    clearInterval: clearTimer,
    queueMicrotask: queueWork,
    structuredClone: structuredCopy,
    self: globalThis,
    AnnexError,
    atob,
    btoa,
  })
  for (const name in LAZY) lazily(name, LAZY[name] as () => unknown)
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
