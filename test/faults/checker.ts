import type { Collection, Store, Stored } from '../../runtime/storage/port.ts'
import type { Invariant, Snapshot } from './invariant.ts'
import { auditChainVerifies } from './invariants/audit-chain-verifies.ts'
import { channelsPointToPublished } from './invariants/channels-point-to-published.ts'
import { checkpointNotAhead } from './invariants/checkpoint-not-ahead.ts'
import { grantsWithinConsents } from './invariants/grants-within-consents.ts'
import { installedVersionsFit } from './invariants/installed-versions-fit.ts'
import { killedDoesNotRun } from './invariants/killed-does-not-run.ts'
import { leasedJobsHaveLeases } from './invariants/leased-jobs-have-leases.ts'
import { licencesFollowEntitlements } from './invariants/licences-follow-entitlements.ts'
import { linksLeadToRecords } from './invariants/links-lead-to-records.ts'
import { nothingIsLeftBehind } from './invariants/nothing-is-left-behind.ts'
import { nothingStaysStaged } from './invariants/nothing-stays-staged.ts'
import { oneLinkPerRecord } from './invariants/one-link-per-record.ts'
import { oneLiveInstallation } from './invariants/one-live-installation.ts'
import { outboxHasNoGaps } from './invariants/outbox-has-no-gaps.ts'
import { ownersRemain } from './invariants/owners-remain.ts'
import { publicationsAgree } from './invariants/publications-agree.ts'
import { ratingsAddUp } from './invariants/ratings-add-up.ts'
import { releasesAreSigned } from './invariants/releases-are-signed.ts'
import { removedIsKilled } from './invariants/removed-is-killed.ts'
import { requestsAreDecidedOnce } from './invariants/requests-are-decided-once.ts'
import { runsHaveJobs } from './invariants/runs-have-jobs.ts'
import { statesFollowReasons } from './invariants/states-follow-reasons.ts'
import { suspensionsHold } from './invariants/suspensions-hold.ts'
import { versionsHaveBlobs } from './invariants/versions-have-blobs.ts'

/** Of a store that has what the marketplace stores, and no more. */
export const MARKETPLACE_INVARIANTS: readonly Invariant[] = [
  leasedJobsHaveLeases,
  outboxHasNoGaps,
  auditChainVerifies,
  versionsHaveBlobs,
  oneLiveInstallation,
  publicationsAgree,
  channelsPointToPublished,
  releasesAreSigned,
]

/** Of a store that has what installations store besides. */
export const INSTALLATION_INVARIANTS: readonly Invariant[] = [
  grantsWithinConsents,
  nothingStaysStaged,
  statesFollowReasons,
  installedVersionsFit,
  nothingIsLeftBehind,
]

/** Of a store that has what moderators, organizations and their admins decide besides. */
export const LISTING_INVARIANTS: readonly Invariant[] = [
  suspensionsHold,
  removedIsKilled,
  killedDoesNotRun,
  ratingsAddUp,
  licencesFollowEntitlements,
  requestsAreDecidedOnce,
  ownersRemain,
]

/** What holds at any moment, whatever was killed. A new invariant is one file and one line here. */
export const INVARIANTS: readonly Invariant[] = [
  ...MARKETPLACE_INVARIANTS,
  oneLinkPerRecord,
  linksLeadToRecords,
  checkpointNotAhead,
  runsHaveJobs,
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
