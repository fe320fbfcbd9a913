import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Page, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit, written } from '../publishing/commit.ts'
import { extensions } from '../publishing/publishing-collections.ts'
import { maySee, viewerOf } from '../publishing/visibility.ts'
import { type AbuseReportDocument, abuseReports, type ReportReason } from './listing-collections.ts'

const REASON = 'reports are for the moderators of the platform'
const DAY_MS = 24 * 3_600_000
/** Of one person in a day. */
const MOST_A_DAY = 10
/** So many open ones of an extension are counted. */
const MOST_OPEN = 1000

export interface AbuseReport extends Pick<AbuseReportDocument, 'extension' | 'version' | 'reason' | 'text' | 'state'> {
  id: string
  at: string
  resolution?: { text: string; at: string }
}

/** What people say is wrong with extensions; moderators settle it. */
export interface AbuseReports {
  report(
    identity: Identity,
    extension: string,
    told: { reason: ReportReason; text: string; version?: string },
  ): Promise<Outcome<AbuseReport>>
  /** For moderators, oldest first; of every extension unless one is named. */
  list(
    identity: Identity,
    where: { extension?: string; state?: 'open' | 'resolved' },
    page: { limit?: number; cursor?: string },
  ): Promise<Outcome<Page<AbuseReport>>>
  resolve(identity: Identity, extension: string, id: string, text: string): Promise<Outcome<AbuseReport>>
}

export interface AbuseReportsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  /** Tells review how many are open now. */
  reported(tx: Transaction, extension: string, open: number): Promise<void>
}

export function createAbuseReports(deps: AbuseReportsDeps): AbuseReports {
  const { store, clock, ids } = deps
  return {
    report: (identity, extension, told) =>
      commit(store, async (tx) => {
        const handle = tx.asSystem(REASON)
        const document = await handle(extensions).get(extension)
        if (!document || !(await maySee(handle, viewerOf(identity), document)))
          return refused('NOT_FOUND', `there is no extension ${extension}`)
        const since = isoPlus(clock.iso(), -DAY_MS)
        const where = { by: identity.userId, at: { $gt: since } }
        const recent = await handle(abuseReports).find({ where, limit: MOST_A_DAY })
        if (recent.data.length >= MOST_A_DAY)
          return refused('RATE_LIMIT_EXCEEDED', `more than ${MOST_A_DAY} reports in a day`, { retryAfter: 3600 })
        const draft = {
          _id: ids('rpt'),
          extension,
          ...told,
          by: identity.userId,
          at: clock.iso(),
          state: 'open',
        } as const
        const stored = await handle(abuseReports).insert(draft)
        await tell(deps, tx, identity, 'report.open', stored)
        return { ok: true, value: reportView(stored) }
      }),
    async list(identity, { extension, state = 'open' }, page) {
      if (!isModerator(identity)) return refused('PERMISSION_DENIED', 'reports are for moderators')
      const where = { ...(extension === undefined ? {} : { extension }), state }
      const query = { where, sort: [['at', 'asc']], ...page } as const
      const found = await store.asSystem(REASON)(abuseReports).find(query)
      return { ok: true, value: { ...found, data: found.data.map(reportView) } }
    },
    resolve: (identity, extension, id, text) =>
      commit(store, async (tx) => {
        if (!isModerator(identity)) return refused('PERMISSION_DENIED', 'reports are for moderators')
        const handle = tx.asSystem(REASON)
        const current = await handle(abuseReports).get(id)
        if (!current || current.extension !== extension) return refused('NOT_FOUND', 'there is no such report')
        if (current.state === 'resolved') return { ok: true, value: reportView(current) }
        const resolution = { text, by: identityName(identity), at: clock.iso() }
        const patch = { set: { state: 'resolved', resolution } } as const
        const after = written(await handle(abuseReports).patch(id, patch, { rev: current.rev }))
        await tell(deps, tx, identity, 'report.resolve', after)
        return { ok: true, value: reportView(after) }
      }),
  }
}

/** What is open counts in the queue of reviews from the same commit on. */
async function tell(
  { audit, reported }: AbuseReportsDeps,
  tx: Transaction,
  identity: Identity,
  action: 'report.open' | 'report.resolve',
  { _id: target, extension, reason }: AbuseReportDocument,
): Promise<void> {
  const where = { extension, state: 'open' }
  const open = await tx.asSystem(REASON)(abuseReports).find({ where, limit: MOST_OPEN })
  await reported(tx, extension, open.data.length)
  const entry = { organizationId: 'system', actor: identityName(identity), action, target, outcome: 'allowed' } as const
  await audit.within(tx, { ...entry, details: { extension, reason } })
}

function isModerator(identity: Identity): boolean {
  return identity.kind === 'user' && identity.platformRoles.includes('moderator')
}

function reportView({ _id: id, extension, version, reason, text, at, state, resolution }: AbuseReportDocument) {
  return {
    ...{ id, extension, reason, text, at, state },
    ...(version === undefined ? {} : { version }),
    ...(resolution && { resolution: { text: resolution.text, at: resolution.at } }),
  }
}
