import type { SizedRow } from './size-records.ts'

/** What one call of an extension carries at most: fewer records cost more calls, more of them more memory. */
const FRAME = { rows: 250, bytes: 1024 * 1024 } as const

/** Cuts rows into frames of about the same number, in their order; a single row may be larger than a frame. */
export function framesOf<R extends Pick<SizedRow, 'bytes'>>(rows: readonly R[]): R[][] {
  const size = Math.ceil(rows.length / Math.ceil(rows.length / FRAME.rows))
  const frames: R[][] = []
  let bytes = 0
  for (const row of rows) {
    const last = frames.at(-1)
    if (last && last.length < size && bytes + row.bytes <= FRAME.bytes) last.push(row)
    else {
      frames.push([row])
      bytes = 0
    }
    bytes += row.bytes
  }
  return frames
}
