import { randomBytes, randomUUID } from 'node:crypto'
import { URL_PARTS, type UrlPart, type UrlParts } from './url-parts.ts'

/**
 * What a guest may ask of the child's own Node within a slice: pure functions from text to text, bounded, without any
 * effect. They never throw: an exception would carry a host object into the guest.
 */
const INPUT_CHARS = 64 * 1024
const OPERATIONS: Record<string, (text: string) => string> = {
  __proto__: null as never,
  url: (text) => {
    const [input, base] = JSON.parse(text)
    const parsed = URL.parse(input, base)
    return parsed ? JSON.stringify(partsOf(parsed)) : ''
  },
  change: (text) => {
    const [href, part, value] = JSON.parse(text)
    const url = new URL(href)
    if (part !== 'origin' && URL_PARTS.includes(part)) (url as unknown as UrlParts)[part as UrlPart] = String(value)
    return JSON.stringify(partsOf(url))
  },
  pairs: (text) => JSON.stringify([...new URLSearchParams(text)]),
  query: (text) => new URLSearchParams(JSON.parse(text)).toString(),
  uuid: () => randomUUID(),
  random: (text) => randomBytes(Math.min(Number(text) || 0, 65_536)).toString('hex'),
}

export function nativeOperation(operation: unknown, text: unknown): string {
  try {
    if (typeof operation !== 'string' || typeof text !== 'string' || text.length > INPUT_CHARS) return ''
    return OPERATIONS[operation]?.(text) ?? ''
  } catch {
    return ''
  }
}

function partsOf(url: URL): UrlParts {
  return Object.fromEntries(URL_PARTS.map((part) => [part, url[part]])) as UrlParts
}
