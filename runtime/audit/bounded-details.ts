import type { JsonObject } from '@annex/sdk/json'

export const MAX_DETAILS_BYTES = 16 * 1024

/** What stands in for details that are too long: the start of their JSON, marked. */
const MARK = '…'

/** `details` as JSON text of at most 16 KiB. */
export function boundedDetails(details: JsonObject): string {
  const text = JSON.stringify(details)
  if (Buffer.byteLength(text) <= MAX_DETAILS_BYTES) return text
  const start = Buffer.from(text)
    .subarray(0, MAX_DETAILS_BYTES / 2)
    .toString('utf8')
  return cut(start, Buffer.byteLength(text))
}

/** Escaping may grow the piece (a quote becomes two bytes), so it shrinks until the whole fits. */
function cut(start: string, bytes: number): string {
  let piece = start
  for (;;) {
    const text = JSON.stringify({ truncated: true, bytes, start: `${piece}${MARK}` })
    if (Buffer.byteLength(text) <= MAX_DETAILS_BYTES) return text
    piece = piece.slice(0, Math.floor(piece.length / 2))
  }
}
