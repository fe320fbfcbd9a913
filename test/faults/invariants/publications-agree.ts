import { submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { reviews } from '../../../marketplace/review/review-collections.ts'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import type { Invariant } from '../invariant.ts'

/** What became of a review, by the state of its version. */
const REVIEWS: Record<string, (string | undefined)[]> = {
  in_review: ['queued', 'claimed'],
  published: ['approve'],
  rejected: ['reject'],
  changes_requested: ['changes_requested'],
  withdrawn: ['called_off', 'changes_requested'],
}

/** What becomes of a version after its publication is not its submission's matter. */
const AFTERWARDS = new Set(['deprecated', 'yanked', 'removed'])

export const publicationsAgree: Invariant = {
  name: 'a version, its submission and its review tell the same',
  async check({ all }) {
    const [uploads, cases, events] = await Promise.all([all(submissions), all(reviews), all(outboxEvents)])
    const published = events.filter(({ type }) => type === 'version.published').map(({ payload }) => nameOf(payload))
    return (await all(versions)).flatMap((version) => {
      const mine = uploads.filter(({ _id }) => _id === version.submissionId)
      const others = uploads.filter(
        ({ extension, version: number, reviewId }) =>
          `${extension}@${number}` === version._id && reviewId !== undefined,
      )
      const [submission] = mine
      const state = AFTERWARDS.has(version.state) ? 'published' : version.state
      const review = cases.find(({ _id }) => _id === submission?.reviewId)
      const came = review?.state === 'done' ? review.verdict : review?.state
      const wanted = version.publishedAt === undefined ? 0 : 1
      const told = published.filter((name) => name === version._id).length
      return [
        ...(others.length === 1 && submission?.digest === version.digest
          ? []
          : [`${version._id}: ${others.length} submissions`]),
        ...(submission?.state === state || version.unreviewed
          ? []
          : [`${version._id} is ${version.state}, its submission ${submission?.state}`]),
        ...(REVIEWS[state]?.includes(came) || version.unreviewed
          ? []
          : [`${version._id} is ${version.state}, its review ${came}`]),
        ...(told === wanted ? [] : [`${version._id} was published ${wanted} times and told ${told} times`]),
      ]
    })
  },
}

function nameOf(payload: unknown): string {
  const { extension, version } = payload as { extension: string; version: string }
  return `${extension}@${version}`
}
