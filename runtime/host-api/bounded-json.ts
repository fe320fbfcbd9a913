export interface JsonBounds {
  /** UTF-8 bytes of all texts and keys, and 8 for each other value. JSON text can be longer: escapes are not counted. */
  bytes: number
  depth: number
}

/** What is wrong with a value that ought to be bounded JSON; nothing if all is well. */
export function checkBounds(
  value: unknown,
  { bytes, depth }: JsonBounds,
): 'not-json' | 'too-deep' | 'too-large' | undefined {
  let left = bytes
  const walk = (inner: unknown, level: number): ReturnType<typeof checkBounds> => {
    if (level > depth) return 'too-deep'
    left -= typeof inner === 'string' ? Buffer.byteLength(inner) + 2 : 8
    if (left < 0) return 'too-large'
    if (inner === null || typeof inner === 'string' || typeof inner === 'boolean') return undefined
    if (typeof inner === 'number') return Number.isFinite(inner) ? undefined : 'not-json'
    if (typeof inner !== 'object') return 'not-json'
    return Array.isArray(inner) ? each(inner, level) : each(Object.entries(inner).flat(), level)
  }
  const each = (inner: readonly unknown[], level: number) => {
    for (const item of inner) {
      const problem = item === undefined ? undefined : walk(item, level + 1)
      if (problem) return problem
    }
    return undefined
  }
  return walk(value, 0)
}
