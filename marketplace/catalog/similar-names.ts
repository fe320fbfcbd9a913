import { editDistance } from '@annex/package/edit-distance'

/** What is said to be alike: at most a fifth of the letters differ. */
const SHARE = 0.2
const MOST = 20

/** Gathers names that differ little from that of an extension. */
export interface SimilarNames<N extends { name: string }> {
  /** How many characters the part after the slash may have. */
  readonly length: { min: number; max: number }
  look(names: readonly N[]): void
  /** Nearest first; the publisher's own are left out. */
  found(): N[]
}

export function createSimilarNames<N extends { name: string }>(extension: string): SimilarNames<N> {
  const [publisher, name] = partsOf(extension)
  const least = createLeastDistance(name)
  const found: { one: N; distance: number }[] = []
  return {
    length: { min: Math.floor(name.length * (1 - SHARE)), max: Math.ceil(name.length / (1 - SHARE)) },
    look(names) {
      for (const one of names) {
        const [otherPublisher, other] = partsOf(one.name)
        const most = Math.floor(Math.max(name.length, other.length) * SHARE)
        if (otherPublisher === publisher || least(other) > most) continue
        const distance = editDistance(name, other)
        if (distance <= most) found.push({ one, distance })
      }
    },
    found: () =>
      found
        .toSorted((a, b) => a.distance - b.distance)
        .slice(0, MOST)
        .map(({ one }) => one),
  }
}

/** What the distance is at least: letters that one has more often than the other. Quickly told, and mostly enough. */
function createLeastDistance(name: string): (other: string) => number {
  const own = new Int32Array(32)
  const differing = new Int32Array(32)
  count(own, name, 1)
  return (other) => {
    differing.set(own)
    count(differing, other, -1)
    let [more, less] = [0, 0]
    for (const each of differing) {
      if (each > 0) more += each
      else less -= each
    }
    return Math.max(more, less)
  }
}

/** Letters that share a place make the distance seem less, never more. */
function count(letters: Int32Array, name: string, by: 1 | -1): void {
  for (let at = 0; at < name.length; at++) {
    const place = name.charCodeAt(at) & 31
    letters[place] = (letters[place] ?? 0) + by
  }
}

function partsOf(extension: string): [publisher: string, name: string] {
  const slash = extension.indexOf('/')
  return [extension.slice(1, slash), extension.slice(slash + 1)]
}
