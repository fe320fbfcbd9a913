import { LATEST } from '../../../marketplace/publishing/channels.ts'
import { extensions, submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { isPreRelease, versionKey } from '../../../marketplace/publishing/version-key.ts'
import type { Invariant } from '../invariant.ts'

/** Where nobody moves channels by hand or takes back a yank; what was sent to a channel of its own is none of the latest. */
export const latestIsTheHighest: Invariant = {
  name: 'the latest is the highest release',
  async check({ all }) {
    const sent = new Map((await all(submissions)).map(({ _id, channel }) => [_id, channel ?? LATEST]))
    const releases = (await all(versions)).filter(
      ({ state, version, submissionId }) =>
        state === 'published' && !isPreRelease(version) && sent.get(submissionId) === LATEST,
    )
    return (await all(extensions)).flatMap(({ _id, tags }) => {
      const mine = releases.filter(({ extension }) => extension === _id).map(({ version }) => version)
      const highest = mine.toSorted(byOrder).at(-1)
      const missed = highest !== undefined && (tags.latest === undefined || byOrder(tags.latest, highest) < 0)
      return missed ? [`the latest of ${_id} is ${tags.latest}, the highest release is ${highest}`] : []
    })
  },
}

function byOrder(a: string, b: string): number {
  const [one = '', other = ''] = [versionKey(a), versionKey(b)]
  return one < other ? -1 : one > other ? 1 : 0
}
