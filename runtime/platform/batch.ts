import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Principal } from '../permissions/principal.ts'
import { type Result, refusal, success } from '../result.ts'
import type { Transaction } from '../storage/port.ts'
import { type Access, auditEntry, authorize, GRANTED } from './authorize.ts'
import {
  type RemoveOutcome,
  removeRecords,
  type UpsertOutcome,
  type UpsertRow,
  upsertRecords,
} from './batch-records.ts'
import { writerFor } from './write-rows.ts'

/** At most 500 rows a call, or as many as the grant lets; decided once, checked row by row; one outcome per row, same order. */
export interface PlatformBatch {
  /** Rows that one call may carry. */
  rowsAtOnce(principal: Principal, resource: string): number
  upsertMany(principal: Principal, resource: string, rows: readonly UpsertRow[]): Promise<Result<UpsertOutcome[]>>
  removeMany(principal: Principal, resource: string, ids: readonly string[]): Promise<Result<RemoveOutcome[]>>
}

interface BatchDependencies {
  clock: Clock
  ids: Ids
  audit: Audit
}

type Outcome = UpsertOutcome | RemoveOutcome

const MAX_BATCH = 500
/** Letters, digits and the two marks that stand in any URL unescaped. */
const RECORD_ID = /^[A-Za-z0-9_-]{1,128}$/

/** Writes of records as a part of the caller's transaction: for a sync, whose checkpoint goes into the same commit. */
export function createBatch({ clock, ids, audit }: BatchDependencies, tx: Transaction): PlatformBatch {
  async function run<T extends Outcome>(
    decision: ReturnType<typeof authorize>,
    given: readonly string[],
    work: (access: Access) => Promise<T[]>,
  ): Promise<Result<T[]>> {
    if ('denied' in decision) {
      if (decision.denied.entry) await audit.within(tx, decision.denied.entry)
      return decision.denied.refusal
    }
    if (given.length > MAX_BATCH) return refusal('INVALID_ARGUMENT', `at most ${MAX_BATCH} rows at a time`)
    if (!given.every((id) => RECORD_ID.test(id))) return refusal('INVALID_ARGUMENT', 'an id has an odd form')
    const outcomes = await work(decision.access)
    await auditOutcomes(audit, tx, decision.access, outcomes)
    return success(outcomes)
  }

  return {
    rowsAtOnce(principal, resource) {
      const decision = authorize(principal, resource, 'upsert', { at: clock.now() })
      const most = 'access' in decision ? decision.access.limits.maxRows : undefined
      return Math.min(most ?? MAX_BATCH, MAX_BATCH)
    },
    upsertMany(principal, resource, rows) {
      const named = rows.map(({ id, record }) => ({ id: id ?? ids('rec'), record }))
      const given = named.map((row) => row.id)
      const facts = { at: clock.now(), rows: rows.length }
      return run(authorize(principal, resource, 'upsert', facts), given, (access) =>
        upsertRecords(writerFor(tx, access, clock), access, named),
      )
    },
    removeMany(principal, resource, removed) {
      const facts = { at: clock.now(), rows: removed.length }
      return run(authorize(principal, resource, 'remove', facts), removed, (access) =>
        removeRecords(writerFor(tx, access, clock), access, removed),
      )
    },
  }
}

/** One row for the call, and one more for each rule by which the grant refused some of its rows. */
async function auditOutcomes(
  audit: Audit,
  tx: Transaction,
  access: Access,
  outcomes: readonly Outcome[],
): Promise<void> {
  const details: Record<string, number> = {}
  for (const { change } of outcomes) details[change] = (details[change] ?? 0) + 1
  await audit.within(tx, auditEntry(access, { ...GRANTED, details }))
  const refusedBy = new Map<string, number>()
  for (const one of outcomes)
    if (one.change === 'refused' && one.rule !== undefined) refusedBy.set(one.rule, (refusedBy.get(one.rule) ?? 0) + 1)
  for (const [rule, rows] of refusedBy)
    await audit.within(tx, auditEntry(access, { outcome: 'refused', rule, details: { rows } }))
}
