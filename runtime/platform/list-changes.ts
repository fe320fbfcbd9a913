import type { PlatformRecord } from '@annex/sdk/context'
import { type Result, refusal, success } from '../result.ts'
import type { Store } from '../storage/port.ts'
import type { Access } from './authorize.ts'
import { recordOf, shownRecord } from './record.ts'
import { collectionOf } from './resource-collections.ts'

export interface ChangesPage {
  data: PlatformRecord[]
  /** Where to go on; the position that was asked for when nothing is new. Opaque. */
  position: string
  more: boolean
}

/**
 * Records in the order in which their last changes were committed, each once, as it stands now. Not by `updatedAt`: two
 * commits can share an instant, and a clock can step back; a reader that remembers an instant would then miss rows. The
 * number comes from a counter in the same commit, so a later commit always has a higher one. Removed records do not show.
 * Positions count hidden records too: they are for the host's own bookkeeping, never for a guest or a caller.
 */
export async function listChanges(
  store: Store,
  { principal, resource, limits, filter }: Access,
  { after = '0', limit }: { after?: string; limit: number },
): Promise<Result<ChangesPage>> {
  if (!/^\d{1,15}$/.test(after)) return refusal('INVALID_ARGUMENT', 'not a position that was given out')
  const page = await store
    .forOrganization(principal.organizationId)(collectionOf(resource))
    .find({
      where: { change: { $gt: Number(after) } },
      sort: [['change', 'asc']],
      limit: Math.min(Math.max(limit, 1), limits.maxRows ?? 1000, 1000),
    })
  const last = page.data.at(-1)
  return success({
    data: page.data
      .filter((stored) => filter.matches(recordOf(stored)))
      .map((stored) => shownRecord(stored, limits.columns)),
    position: last ? String(last.change) : after,
    more: page.nextCursor !== undefined,
  })
}
