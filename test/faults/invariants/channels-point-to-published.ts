import { extensions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

const INSTALLABLE = new Set(['published', 'deprecated'])

export const channelsPointToPublished: Invariant = {
  name: 'a channel names a version that can be installed',
  async check({ all }) {
    const states = new Map((await all(versions)).map(({ _id, state }) => [_id, state]))
    return (await all(extensions)).flatMap(({ _id, tags }) =>
      Object.entries(tags)
        .filter(([, version]) => !INSTALLABLE.has(states.get(`${_id}@${version}`) ?? ''))
        .map(([channel, version]) => `${channel} of ${_id} names ${version}`),
    )
  },
}
