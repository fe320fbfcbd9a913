import type { Json } from '@annex/sdk/json'

/**
 * The bytes of `value` as JSON text in UTF-8, or some number over `limit` if there are more. It stops there: one long
 * text may stand in a record many times over, and the whole of that is never to be written out. Depth was limited.
 */
export function jsonBytes(value: Json, limit: number): number {
  if (typeof value === 'string') return value.length > limit ? value.length : textBytes(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).length
  const isList = Array.isArray(value)
  let bytes = 1
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    bytes += 1 + (isList ? 0 : textBytes(key) + 1) + jsonBytes(inner, limit - bytes)
    if (bytes > limit) return bytes
  }
  return Math.max(bytes, 2)
}

/** What JSON writes as it is, a byte a character: most names and values. */
const PLAIN = /^[ !#-[\]-~]*$/

function textBytes(text: string): number {
  if (PLAIN.test(text)) return text.length + 2
  return Buffer.byteLength(JSON.stringify(text))
}
