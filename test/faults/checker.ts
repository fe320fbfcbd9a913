import type { Collection, Store, Stored } from '../../runtime/storage/port.ts'
import type { Invariant, Snapshot } from './invariant.ts'
import { auditChainVerifies } from './invariants/audit-chain-verifies.ts'
import { checkpointNotAhead } from './invariants/checkpoint-not-ahead.ts'
import { leasedJobsHaveLeases } from './invariants/leased-jobs-have-leases.ts'
import { linksLeadToRecords } from './invariants/links-lead-to-records.ts'
import { oneLinkPerRecord } from './invariants/one-link-per-record.ts'
import { oneLiveInstallation } from './invariants/one-live-installation.ts'
import { outboxHasNoGaps } from './invariants/outbox-has-no-gaps.ts'
import { runsHaveJobs } from './invariants/runs-have-jobs.ts'
import { versionsHaveBlobs } from './invariants/versions-have-blobs.ts'

/** What holds at any moment, whatever was killed. A new invariant is one file and one line here. */
export const INVARIANTS: readonly Invariant[] = [
  oneLinkPerRecord,
  linksLeadToRecords,
  checkpointNotAhead,
  leasedJobsHaveLeases,
  runsHaveJobs,
  outboxHasNoGaps,
  auditChainVerifies,
  versionsHaveBlobs,
  oneLiveInstallation,
]

export async function checkInvariants(store: Store, invariants = INVARIANTS): Promise<string[]> {
  const snapshot = snapshotOf(store)
  const violations: string[] = []
  for (const invariant of invariants) {
    for (const line of await invariant.check(snapshot)) violations.push(`${invariant.name}: ${line}`)
  }
  return violations
}

/** Collections are read once and kept: several invariants look at the same ones. */
function snapshotOf(store: Store): Snapshot {
  const kept = new Map<Collection<Stored>, Promise<Stored[]>>()
  return {
    store,
    all: <T extends Stored>(collection: Collection<T>) => {
      const documents = kept.get(collection) ?? readAll(store, collection)
      kept.set(collection, documents)
      return documents as Promise<T[]>
    },
  }
}

async function readAll<T extends Stored>(store: Store, collection: Collection<T>): Promise<T[]> {
  const documents = store.asSystem('the fault harness checks what holds in the whole store')(collection)
  const found: T[] = []
  let cursor: string | undefined
  do {
    const page = await documents.find({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}
