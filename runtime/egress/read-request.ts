import { type Denial, denial } from './denial.ts'
import type { EgressLimits } from './egress-limits.ts'
import type { BodyStream, OutgoingRequest } from './redirect.ts'
import { checkRequestHeaders, type HeaderPair } from './request-headers.ts'
import { parseTarget } from './target.ts'

/** A request as a guest wrote it. */
export interface RawRequest {
  url: string
  method: string
  headers: readonly HeaderPair[]
  /** The limit of the request's size is for bytes in memory: a stream was held to its own when it was stored. */
  body?: Uint8Array | BodyStream
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Checks the form of a request; where it may go is decided per hop. */
export function readRequest(raw: RawRequest, limits: EgressLimits): OutgoingRequest | { denial: Denial } {
  const parsed = parseTarget(raw.url)
  if ('denial' in parsed) return parsed
  const { method, headers, body } = raw
  if (!METHODS.has(method)) return invalid('method', 'the method is not one of GET, HEAD, POST, PUT, PATCH, DELETE')
  const header = checkRequestHeaders(headers)
  if (header) return { denial: header }
  if (body && (method === 'GET' || method === 'HEAD')) return invalid('body', `a ${method} request has no body`)
  if (body instanceof Uint8Array && body.byteLength > limits.requestBytes) {
    const message = `the body is longer than ${limits.requestBytes} bytes`
    return { denial: denial('QUOTA_EXCEEDED', 'request-size', message) }
  }
  return { url: parsed.url, method, headers, body }
}

function invalid(rule: string, message: string): { denial: Denial } {
  return { denial: denial('INVALID_ARGUMENT', rule, message) }
}
