import { createHash } from 'node:crypto'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

/** Versions whose bytes somebody may still install. */
const AVAILABLE = new Set(['in_review', 'published', 'deprecated'])

export const versionsHaveBlobs: Invariant = {
  name: 'an available version has its bytes',
  async check({ all, store }) {
    const violations: string[] = []
    for (const version of (await all(versions)).filter(({ state }) => AVAILABLE.has(state))) {
      const bytes = await store.blobs.get(version.digest)
      if (!bytes) violations.push(`${version._id} has none`)
      else if (createHash('sha256').update(bytes).digest('hex') !== version.digest)
        violations.push(`${version._id} has others`)
    }
    return violations
  },
}
