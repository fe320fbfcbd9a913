import { randomBytes, randomUUID } from 'node:crypto'

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
    if (CHANGEABLE.has(part)) (url as unknown as Record<string, string>)[part] = String(value)
    return JSON.stringify(partsOf(url))
  },
  pairs: (text) => JSON.stringify([...new URLSearchParams(text)]),
  query: (text) => new URLSearchParams(JSON.parse(text)).toString(),
  uuid: () => randomUUID(),
  random: (text) => randomBytes(Math.min(Number(text) || 0, 65_536)).toString('hex'),
}

const CHANGEABLE = new Set([
  'href',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
])

export function nativeOperation(operation: unknown, text: unknown): string {
  try {
    if (typeof operation !== 'string' || typeof text !== 'string' || text.length > INPUT_CHARS) return ''
    return OPERATIONS[operation]?.(text) ?? ''
  } catch {
    return ''
  }
}

function partsOf(url: URL): Record<string, string> {
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url
  return { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash }
}
