import { readEntry } from '../../../marketplace/kill-list/kill-entry.ts'
import { killEntries } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

/** Where it runs already, only the list stops it. */
export const removedIsKilled: Invariant = {
  name: 'what was removed is on the kill list',
  async check({ all }) {
    const targets = (await all(killEntries)).map(({ text }) => readEntry(text)?.target)
    const listed = new Set(targets.map((one) => (one?.kind === 'version' ? `${one.extension}@${one.version}` : '')))
    return (await all(versions))
      .filter(({ _id, state }) => state === 'removed' && !listed.has(_id))
      .map(({ _id }) => `${_id} is not`)
  },
}
