import { extensions, publishers } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

/** A moderator ends a suspension; nothing that is published meanwhile does. */
export const suspensionsHold: Invariant = {
  name: 'an extension is suspended when it or its publisher is, and only then',
  async check({ all }) {
    const away = new Set((await all(publishers)).filter(({ state }) => state === 'suspended').map(({ _id }) => _id))
    return (await all(extensions))
      .filter(({ suspended, publisher, status }) => {
        return (suspended !== undefined || away.has(publisher)) !== (status === 'suspended')
      })
      .map(({ _id, status }) => `${_id} is ${status}`)
  },
}
