import { hash } from 'node:crypto'
import type { Json } from '@annex/sdk/json'

/**
 * JSON text that is the same for equal values: keys sorted by UTF-16 units, no spaces, absent and undefined fields
 * alike (the form of RFC 8785). The value's depth was limited at the door: this recurses.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields: string[] = []
  for (const key of Object.keys(value).sort()) {
    const field = value[key]
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${canonicalJson(field)}`)
  }
  return `{${fields.join(',')}}`
}

/** SHA-256 (hex) of the canonical text of all `parts`, as one list: no two different lists run together. */
export function fingerprint(...parts: Json[]): string {
  return hash('sha256', canonicalJson(parts), 'hex')
}
