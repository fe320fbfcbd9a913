/** Finds any of many byte patterns, whatever the case of ASCII letters. */
export interface Finder {
  /** Bytes of the longest pattern; 0 when there is none. */
  readonly longest: number
  /** The first match that begins at `from` or later; of those that begin there the longest. */
  find(bytes: Uint8Array, from: number): { at: number; length: number } | undefined
}

/** More would shift no further in practice. */
const MAX_WINDOW = 16
const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))

/**
 * Wu and Manber, "A fast algorithm for multi-pattern searching" (1994), with blocks of two bytes: a body of megabytes
 * is crossed in strides of almost the shortest pattern, however many patterns there are. Patterns have at least two bytes.
 */
export function createFinder(patterns: readonly Uint8Array[]): Finder {
  const folded = patterns.map((pattern) => pattern.map((byte) => FOLD[byte] ?? byte))
  folded.sort((left, right) => right.length - left.length)
  const window = Math.min(MAX_WINDOW, folded.at(-1)?.length ?? MAX_WINDOW)
  if (window < 2) throw new RangeError('a pattern has at least two bytes')
  const { shifts, ending } = tablesOf(folded, window)
  return {
    longest: folded[0]?.length ?? 0,
    find(bytes, from) {
      for (let end = from + window - 1; end < bytes.length; ) {
        const block = blockAt(bytes, end)
        const shift = shifts[block] ?? 0
        if (shift > 0) {
          end += shift
          continue
        }
        const at = end - window + 1
        const found = ending.get(block)?.find((pattern) => isAt(pattern, bytes, at))
        if (found) return { at, length: found.length }
        end += 1
      }
      return undefined
    },
  }
}

/** How far a block lets the window move on, and the patterns whose window ends with it, the longest first. */
function tablesOf(folded: readonly Uint8Array[], window: number) {
  const shifts = new Uint8Array(65_536).fill(window - 1)
  const ending = new Map<number, Uint8Array[]>()
  for (const pattern of folded) {
    for (let end = 1; end < window; end++) {
      const block = blockAt(pattern, end)
      shifts[block] = Math.min(shifts[block] ?? 0, window - 1 - end)
    }
    const last = blockAt(pattern, window - 1)
    ending.set(last, [...(ending.get(last) ?? []), pattern])
  }
  return { shifts, ending }
}

function blockAt(bytes: Uint8Array, end: number): number {
  return ((FOLD[bytes[end - 1] ?? 0] ?? 0) << 8) | (FOLD[bytes[end] ?? 0] ?? 0)
}

function isAt(pattern: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + pattern.length > bytes.length) return false
  for (let i = 0; i < pattern.length; i++) if (pattern[i] !== FOLD[bytes[at + i] ?? 0]) return false
  return true
}
