import { publisherMembers, submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Invariant } from '../invariant.ts'

/** Where no member ever leaves. */
export const membersPublish: Invariant = {
  name: 'what is published was uploaded by a member of its publisher',
  async check({ all }) {
    const belongs = new Set((await all(publisherMembers)).map(({ publisher, userId }) => `${publisher} ${userId}`))
    const uploads = new Map((await all(submissions)).map(({ _id, uploadedBy }) => [_id, uploadedBy]))
    return (await all(versions))
      .filter(({ state }) => state === 'published')
      .map(({ _id, publisher, submissionId }) => ({ _id, publisher, by: uploads.get(submissionId) }))
      .filter(({ publisher, by }) => !belongs.has(`${publisher} ${by}`))
      .map(({ _id, by }) => `${_id} was uploaded by ${by}`)
  },
}
