import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { URL_PARTS, type UrlPart, type UrlParts } from './url-parts.ts'

/**
 * What a guest may ask of the child's own Node within a slice: pure functions from text to text, bounded, without any
 * effect. They never throw: an exception would carry a host object into the guest. Bytes travel as base64. The empty
 * text says that it could not be done; where that could also be an answer, answers begin with a `+`.
 */
interface Operation {
  /** Characters of its input at most: none can be interrupted. */
  chars: number
  work(text: string): string
}

/** The longest address that is looked at; the cost of an international name grows faster than its length. */
const ADDRESS_CHARS = 64 * 1024
/** A pair of a query takes many times the memory of its text. */
const QUERY_CHARS = 1024 * 1024
/** More than the largest answer of `fetch` in base64, and a few hundredths of a second. */
const TEXT_CHARS = 8 * 1024 * 1024

const OPERATIONS: Record<string, Operation> = {
  __proto__: null as never,
  url: { chars: ADDRESS_CHARS, work: parseUrl },
  change: { chars: ADDRESS_CHARS, work: changeUrl },
  pairs: { chars: QUERY_CHARS, work: (text) => JSON.stringify([...new URLSearchParams(text)]) },
  query: { chars: QUERY_CHARS, work: (text) => `+${new URLSearchParams(JSON.parse(text))}` },
  encode: { chars: TEXT_CHARS, work: (text) => `+${Buffer.from(text).toString('base64')}` },
  label: { chars: 100, work: (text) => new TextDecoder(text).encoding },
  decode: { chars: TEXT_CHARS, work: decode },
  digest: { chars: TEXT_CHARS, work: (text) => withHead(text, digest) },
  hmac: { chars: TEXT_CHARS, work: (text) => withHead(text, hmac) },
  equal: { chars: TEXT_CHARS, work: (text) => withHead(text, equal) },
}

export function nativeOperation(name: unknown, text: unknown): string {
  try {
    const operation = typeof name === 'string' ? OPERATIONS[name] : undefined
    if (!operation || typeof text !== 'string' || text.length > operation.chars) return ''
    return operation.work(text)
  } catch {
    return ''
  }
}

function parseUrl(text: string): string {
  const [input, base] = JSON.parse(text)
  const parsed = URL.parse(input, base)
  return parsed ? JSON.stringify(partsOf(parsed)) : ''
}

function changeUrl(text: string): string {
  const [href, part, value] = JSON.parse(text)
  const url = new URL(href)
  if (part !== 'origin' && URL_PARTS.includes(part)) (url as unknown as UrlParts)[part as UrlPart] = String(value)
  return JSON.stringify(partsOf(url))
}

function partsOf(url: URL): UrlParts {
  return Object.fromEntries(URL_PARTS.map((part) => [part, url[part]])) as UrlParts
}

/** `label fatal base64`: the byte order mark stays, as the guest knows whether it is the first. */
function decode(text: string): string {
  return withHead(text, ([label, fatal], rest) => {
    const decoder = new TextDecoder(label, { fatal: fatal === '1', ignoreBOM: true })
    return `+${decoder.decode(Buffer.from(rest, 'base64'))}`
  })
}

const digest = ([hash = '']: string[], rest: string) => createHash(hash).update(rest, 'base64').digest('base64')

const hmac = ([hash = '', key = '']: string[], rest: string) =>
  createHmac(hash, Buffer.from(key, 'base64')).update(rest, 'base64').digest('base64')

/** In a time that does not tell where the two differ. */
function equal([first = '']: string[], second: string): string {
  const [a, b] = [Buffer.from(first, 'base64'), Buffer.from(second, 'base64')]
  return a.length === b.length && timingSafeEqual(a, b) ? 'yes' : 'no'
}

/** The first line is words, the rest is for the operation. */
function withHead(text: string, work: (head: string[], rest: string) => string): string {
  const end = text.indexOf('\n')
  return work(text.slice(0, end).split(' '), text.slice(end + 1))
}
