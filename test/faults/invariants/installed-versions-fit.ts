import { satisfies } from 'semver'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

/** What the version is and what is next to it; versions that were removed afterwards are the kill list's matter. */
export const installedVersionsFit: Invariant = {
  name: 'an installation is of a version that was published, of its bytes, and has what it needs',
  async check({ all }) {
    const known = new Map((await all(versions)).map((version) => [version._id, version]))
    const live = (await all(installations)).filter(({ state }) => state === 'active' || state === 'disabled')
    return live.flatMap(({ _id, organizationId, extension, version, digest, draft, lock = [], consent }) => {
      const release = known.get(`${extension}@${version}`)
      if (draft) return []
      const missing = lock.filter(
        ({ name, range }) =>
          !live.some(
            (other) =>
              other.organizationId === organizationId && other.extension === name && satisfies(other.version, range),
          ),
      )
      return [
        ...(release?.publishedAt === undefined ? [`${_id} is of ${version}, which was never published`] : []),
        ...(release?.digest === digest ? [] : [`${_id} is of other bytes than ${extension}@${version}`]),
        ...(release?.manifestDigest === consent.manifestDigest ? [] : [`${_id} has a consent to another manifest`]),
        ...missing.map(({ name, range }) => `${_id} needs ${name} ${range}`),
      ]
    })
  },
}
