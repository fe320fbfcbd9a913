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
