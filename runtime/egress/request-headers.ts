import { type Denial, denial } from './denial.ts'
import { MAX_REQUEST_HEADER_BYTES, MAX_REQUEST_HEADERS } from './egress-limits.ts'

export type HeaderPair = readonly [name: string, value: string]

/**
 * What only the host may say: it frames the message, routes it or speaks for a proxy. A guest that could set them could
 * hide a second request in the first (RFC 9112 section 11.2) or reach another virtual host than the one it was granted.
 */
const FORBIDDEN = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** RFC 9110 section 5.5, without the obsolete line folding. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

export function checkRequestHeaders(headers: readonly HeaderPair[]): Denial | undefined {
  if (headers.length > MAX_REQUEST_HEADERS) return refused(`at most ${MAX_REQUEST_HEADERS} headers can be sent`)
  let bytes = 0
  for (const [name, value] of headers) {
    bytes += name.length + value.length + 4
    if (!TOKEN.test(name)) return refused('a header name has a character that no name can have')
    if (isForbidden(name)) return refused(`the header ${name.toLowerCase()} is set by the platform alone`)
    if (!isHeaderValue(value))
      return refused(`the value of ${name.toLowerCase()} has a character that no header can have`)
  }
  return bytes > MAX_REQUEST_HEADER_BYTES ? refused('the headers are too long') : undefined
}

export function isHeaderValue(value: string): boolean {
  return VALUE.test(value)
}

function isForbidden(name: string): boolean {
  const lower = name.toLowerCase()
  return FORBIDDEN.has(lower) || lower.startsWith('proxy-') || lower.startsWith('sec-')
}

function refused(message: string): Denial {
  return denial('INVALID_ARGUMENT', 'request-header', message)
}
