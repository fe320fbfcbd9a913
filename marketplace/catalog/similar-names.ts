import { editDistance } from '@annex/package/edit-distance'

/** What is said to be alike: at most a fifth of the letters differ. */
const SHARE = 0.2
const MOST = 20

/** Those of `names` that differ little from a name, nearest first; the publisher's own are left out. */
export function similarNames<N extends { name: string }>(extension: string, names: Iterable<N>): N[] {
  const [publisher, name] = partsOf(extension)
  const found: { one: N; distance: number }[] = []
  for (const one of names) {
    const [otherPublisher, other] = partsOf(one.name)
    const most = Math.floor(Math.max(name.length, other.length) * SHARE)
    if (otherPublisher === publisher || Math.abs(name.length - other.length) > most) continue
    const distance = editDistance(name, other)
    if (distance <= most) found.push({ one, distance })
  }
  return found
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ one }) => one)
}

function partsOf(extension: string): [publisher: string, name: string] {
  const slash = extension.indexOf('/')
  return [extension.slice(1, slash), extension.slice(slash + 1)]
}
