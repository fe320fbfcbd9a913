import type { Handle } from '../../runtime/storage/port.ts'
import { type VersionDocument, versions } from './publishing-collections.ts'

const APPROVED = { $in: ['published', 'deprecated', 'yanked'] } as const
const MAX_VERSIONS = 200

/**
 * The version that was approved last, whatever its number: what a later one is compared with. What was published for the
 * publisher's own organizations alone was never looked at, and is nothing to compare with.
 */
export async function lastApproved(
  handle: Handle,
  extension: string,
  { except, until }: { except?: string; until?: string } = {},
): Promise<VersionDocument | undefined> {
  const where = { extension, state: APPROVED }
  const { data } = await handle(versions).find({ where, sort: [['sortKey', 'desc']], limit: MAX_VERSIONS })
  const earlier = data.filter(
    ({ _id, unreviewed, publishedAt = '' }) =>
      !unreviewed && _id !== except && (until === undefined || publishedAt <= until),
  )
  return earlier.toSorted((a, b) => ((a.publishedAt ?? '') < (b.publishedAt ?? '') ? 1 : -1))[0]
}
