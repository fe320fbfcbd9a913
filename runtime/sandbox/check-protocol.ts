/**
 * What crosses between the service and a check child: one question, one answer, in order. A frame's header is one of
 * these, its body bytes or JSON text as said.
 */
export type CheckQuestion =
  /** Body: the tarball. Answer: JSON of the report. */
  | { t: 'check'; options: unknown }
  /** Body: the tarball. Answer: JSON of the package's code. */
  | { t: 'extract' }
  /** Body: the tarball of a package that passed `check`. Answer: JSON of what is needed to try it. */
  | { t: 'trial' }
  /** Body: 4 bytes with the length of the earlier tarball, that, the later tarball; both passed `check`. Answer: JSON. */
  | { t: 'difference' }
  /** Body: JSON of `{ schema, values }`. Answer: JSON of one verdict per value. */
  | { t: 'validate' }
  /** Body: JSON of `{ digest, sourceMap, places }`, the places `GeneratedPlace[]`. Answer: JSON of one `SourcePlace` or null each. */
  | { t: 'trace' }
  /** Body: JSON of `{ markdown, files }`, an address that ends with a slash. Answer: JSON of `{ html }`. */
  | { t: 'render' }
  /** Body: the tarball. Answer: JSON of `{ type, base64 }`, or null when it has no such picture. */
  | { t: 'picture'; path: string }

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
