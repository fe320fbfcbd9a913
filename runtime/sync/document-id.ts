import type { Json } from '@annex/sdk/json'
import { fingerprint } from './canonical-json.ts'

/**
 * An id that follows from what the document is about: writing it a second time finds the first. 160 bits of SHA-256;
 * the parts begin with an id of ours, so that nobody else's documents can be met.
 */
export function documentId(prefix: string, ...parts: Json[]): string {
  return `${prefix}_${fingerprint(...parts).slice(0, 40)}`
}
