/**
 * What crosses between the service and a check child: one question, one answer, in order. A frame's header is one of
 * these, its body bytes or JSON text as said.
 */
export type CheckQuestion =
  /** Body: the tarball. Answer: JSON of the report. */
  | { t: 'check'; options: unknown }
  /** Body: the tarball. Answer: JSON of the package's code. */
  | { t: 'extract' }
  /** Body: JSON of `{ schema, values }`. Answer: JSON of one verdict per value. */
  | { t: 'validate' }
  /** Body: JSON of `{ digest, sourceMap, places }`, the places `GeneratedPlace[]`. Answer: JSON of one `SourcePlace` or null each. */
  | { t: 'trace' }

/** A place in an entry script as V8 tells it, both from 1. */
export interface GeneratedPlace {
  line: number
  column: number
}

/** A place in a file of the author's; the path is relative to the extension's folder. */
export interface SourcePlace extends GeneratedPlace {
  source: string
}

export type CheckAnswer = { t: 'answer'; ok: true } | { t: 'answer'; ok: false; message: string }

export function parseCheckAnswer(header: string): CheckAnswer | undefined {
  try {
    const value = JSON.parse(header) as { t?: unknown; ok?: unknown; message?: unknown } | null
    if (value?.t !== 'answer' || typeof value.ok !== 'boolean') return undefined
    return value.ok || typeof value.message === 'string' ? (value as CheckAnswer) : undefined
  } catch {
    return undefined
  }
}
