import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'

/** What of a path is more than may be. */
export function pathExcess(path: string): string | undefined {
  if (Buffer.byteLength(path) > LIMITS.path) return `a path has more than ${LIMITS.path} bytes`
  const names = path.split('/')
  if (names.length > LIMITS.depth) return `a path is deeper than ${LIMITS.depth}`
  const isLong = names.some((name) => Buffer.byteLength(name) > LIMITS.segment)
  return isLong ? `a name has more than ${LIMITS.segment} bytes` : undefined
}
