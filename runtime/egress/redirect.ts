import { type Denial, denial } from './denial.ts'
import type { HeaderPair } from './request-headers.ts'
import { parseTarget } from './target.ts'

/** One request as the guest means it: without credentials. */
export interface OutgoingRequest {
  url: URL
  method: string
  headers: readonly HeaderPair[]
  body: Uint8Array | BodyStream | undefined
}

/** A body that is never whole in memory. Opened once for each hop that sends it. */
export interface BodyStream {
  /** Bytes that `open` will yield, not one more or less. */
  size: number
  open(): AsyncIterable<Uint8Array>
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Headers that speak of the body: they go with it. */
const BODY_HEADERS = new Set(['content-encoding', 'content-language', 'content-location', 'content-type'])
/** Headers that were meant for one host and would be a gift to the next. */
const HOST_HEADERS = new Set(['authorization', 'cookie', 'x-api-key'])

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

/** The request that follows a redirect, by the rules of the Fetch standard ("HTTP-redirect fetch"). */
export function followRedirect(
  request: OutgoingRequest,
  status: number,
  location: string,
): { request: OutgoingRequest } | { denial: Denial } {
  const parsed = parseTarget(location, request.url)
  if ('denial' in parsed) {
    return { denial: denial('CONNECTION_FAILED', 'redirect', `${request.url.hostname} redirects to what is no URL`) }
  }
  const { url } = parsed
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    const message = `${request.url.hostname} redirects to ${url.hostname} without encryption`
    return { denial: denial('EGRESS_DENIED', 'redirect-downgrade', message) }
  }
  const becomesGet = status === 303 ? request.method !== 'HEAD' : status <= 302 && request.method === 'POST'
  const dropped = (name: string) =>
    (becomesGet && BODY_HEADERS.has(name)) || (url.origin !== request.url.origin && HOST_HEADERS.has(name))
  return {
    request: {
      url,
      method: becomesGet ? 'GET' : request.method,
      headers: request.headers.filter(([name]) => !dropped(name.toLowerCase())),
      body: becomesGet ? undefined : request.body,
    },
  }
}
