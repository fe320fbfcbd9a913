import type { Clock } from '../../runtime/clock.ts'
import { isoPlus } from '../../runtime/clock.ts'
import type { Handle, Page, Store } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { type ReviewDocument, reviews } from './review-collections.ts'
import { type QueuedReview, reviewView } from './review-view.ts'
import { isReviewer, REVIEW_REASON, refuseReviewer } from './reviewer.ts'
import type { RiskBand } from './risk.ts'

export interface QueueQuery {
  band?: RiskBand
  publisher?: string
  /** Those whose publisher waits for an answer, decided ones too. */
  attention?: boolean
  /** Those that the caller holds. */
  mine?: boolean
  limit?: number
  cursor?: string
}

/** Decisions that the expected time is drawn from, the last ones; with fewer than the second number, none is told. */
const LOOKED_AT = 20
const ENOUGH = 3
const WAITING = { state: { $in: ['queued', 'claimed'] } } as const

/** What waits, by `turnOf`, without what the reviewer may not judge. */
export async function queue(
  { store, clock }: { store: Store; clock: Clock },
  identity: Identity,
  { band, publisher, attention, mine, ...page }: QueueQuery,
): Promise<Outcome<Page<QueuedReview>>> {
  if (!isReviewer(identity)) return refused('PERMISSION_DENIED', 'the queue is for reviewers')
  const handle = store.asSystem(REVIEW_REASON)
  const now = clock.iso()
  const where = {
    ...(attention === true ? { attention: true } : WAITING),
    ...(band === undefined ? {} : { band }),
    ...(publisher === undefined ? {} : { publisher }),
    ...(mine === true ? { claimedBy: identity.userId } : {}),
  }
  const found = await handle(reviews).find({ where, sort: [['turn', 'asc']], ...page })
  const refusals = await Promise.all(found.data.map((review) => refuseReviewer(handle, identity, review)))
  const waitMs = await usualWait(handle)
  const data = found.data
    .filter((_, index) => !refusals[index])
    .map((review) => ({ ...reviewView(review, now), ...expected(review, waitMs) }))
  return { ok: true, value: { ...found, data } }
}

/** When a decision is likely, by how long the last ones took. */
export async function expectedBy(handle: Handle, queuedAt: string): Promise<string | undefined> {
  const waitMs = await usualWait(handle)
  return waitMs === undefined ? undefined : isoPlus(queuedAt, waitMs)
}

function expected({ queuedAt, state }: ReviewDocument, waitMs: number | undefined): { expectedBy?: string } {
  const open = state === 'queued' || state === 'claimed'
  return open && waitMs !== undefined ? { expectedBy: isoPlus(queuedAt, waitMs) } : {}
}

/** The middle one of the last decisions of persons, in milliseconds. */
async function usualWait(handle: Handle): Promise<number | undefined> {
  const query = { where: { state: 'done' }, sort: [['decidedAt', 'desc']], limit: LOOKED_AT } as const
  const { data } = await handle(reviews).find(query)
  const waits = data
    .filter(({ decidedBy }) => decidedBy?.startsWith('user:'))
    .map(({ queuedAt, decidedAt = queuedAt }) => Date.parse(decidedAt) - Date.parse(queuedAt))
    .sort((a, b) => a - b)
  return waits.length < ENOUGH ? undefined : waits[Math.floor(waits.length / 2)]
}
