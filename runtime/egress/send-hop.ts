import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { DenialError } from './denial.ts'
import { type BoundInjection, injectCredentials } from './inject-credentials.ts'
import type { OutgoingRequest } from './redirect.ts'
import type { HeaderPair } from './request-headers.ts'
import { portOf } from './target.ts'

/** Where the operator sends a host's requests instead: to a server on the loopback interface. */
export interface EgressOverride {
  address: string
  port: number
  scheme: 'http' | 'https'
}

export interface HopOptions {
  dispatcher: Dispatcher
  override: EgressOverride | undefined
  injections: readonly BoundInjection[]
  signal: AbortSignal
}

/** Sends one request, credentials added, to a target that was checked. Throws `DenialError` or undici's own errors. */
export async function sendHop(request: OutgoingRequest, options: HopOptions): Promise<Dispatcher.ResponseData> {
  const injected = injectCredentials(request.url, request.headers, options.injections)
  if ('denial' in injected) throw new DenialError(injected.denial)
  const { url, headers } = injected
  const framing = framed(request.body)
  const sent = options.dispatcher.request({
    origin: originOf(url, options.override),
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: [...withDefaults(headers), ['host', url.host] as const, ...framing.headers].flat(),
    body: framing.body,
    signal: options.signal,
  })
  return unlessAborted(sent, options.signal)
}

/** A stream's length is said in advance: many a server takes no upload in chunks. */
function framed(body: OutgoingRequest['body']): { body: Uint8Array | Readable | null; headers: HeaderPair[] } {
  if (body === undefined || body instanceof Uint8Array) return { body: body ?? null, headers: [] }
  return { body: Readable.from(body.open()), headers: [['content-length', String(body.size)]] }
}

/** undici hears of an abort only once there is a connection: until then a name nobody answers would hold the caller. */
async function unlessAborted<T>(sent: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const leave = () => reject(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([sent, aborted])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

function originOf(url: URL, override: EgressOverride | undefined): string {
  if (!override) return `${url.protocol}//${url.hostname}:${portOf(url)}`
  const address = override.address.includes(':') ? `[${override.address}]` : override.address
  return `${override.scheme}://${address}:${override.port}`
}

function withDefaults(headers: readonly HeaderPair[]): HeaderPair[] {
  const has = (name: string) => headers.some(([present]) => present.toLowerCase() === name)
  return [
    ...headers,
    ...(has('accept') ? [] : [['accept', '*/*'] as const]),
    ...(has('user-agent') ? [] : [['user-agent', 'annex'] as const]),
    ['accept-encoding', 'gzip, deflate, br'] as const,
  ]
}
