import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { packageSignatures, signatureId } from '../../../marketplace/publishing/signing/signing-collections.ts'
import type { Invariant } from '../invariant.ts'

export const releasesAreSigned: Invariant = {
  name: 'what was published is signed',
  async check({ all }) {
    const signed = new Set((await all(packageSignatures)).map(({ _id }) => _id))
    const published = (await all(versions)).filter(({ publishedAt }) => publishedAt !== undefined)
    return published.filter(({ digest }) => !signed.has(signatureId(digest))).map(({ _id }) => `${_id} is not`)
  },
}
