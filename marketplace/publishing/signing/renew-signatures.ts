import { createHash } from 'node:crypto'
import type { Clock } from '../../../runtime/clock.ts'
import type { Job, JobOutcome } from '../../../runtime/jobs/job.ts'
import type { JobHandler } from '../../../runtime/jobs/job-attempt.ts'
import type { Fence } from '../../../runtime/jobs/job-lease.ts'
import type { Handles, Store } from '../../../runtime/storage/port.ts'
import { commit } from '../commit.ts'
import { drafts } from '../drafts-collection.ts'
import { type VersionState, versions } from '../publishing-collections.ts'
import { judgeText } from './judge-signature.ts'
import { factsOf, type PackageSigner, type SignedPackage } from './package-signer.ts'
import {
  type PackageSignatureDocument,
  packageSignatures,
  type SigningKeyDocument,
  signingKeys,
} from './signing-collections.ts'
import { SIGNING_REASON } from './signing-keys.ts'
import { readStatement, type Statement } from './statement.ts'

const AT_ONCE = 100
/** A catalog has many packages, and the bytes of each are read. */
const TIMEOUT_MS = 60 * 60_000
/** What is not to be had any more is not signed anew. */
const LIVING: readonly VersionState[] = ['published', 'deprecated', 'yanked']

interface RenewDeps {
  store: Store
  clock: Clock
  signer: PackageSigner
}

/**
 * Signs anew what a revoked key signed, so that its revocation strands nobody: what is still published (or a draft that
 * lives) as the old signature says, with stored bytes that have their digest. However often it runs, the rest stays
 * refused.
 */
export function createRenewJob(deps: RenewDeps): JobHandler {
  return { handle: (job, { fence, signal }) => renewAll(deps, job, { fence, signal }), timeoutMs: TIMEOUT_MS }
}

async function renewAll(
  deps: RenewDeps,
  job: Job,
  { fence, signal }: { fence: Fence; signal: AbortSignal },
): Promise<JobOutcome> {
  const { store, clock } = deps
  const { kid } = job.payload as { kid: string }
  const system = store.asSystem(SIGNING_REASON)
  const key = await system(signingKeys).get(kid)
  if (key?.state !== 'revoked') throw new Error(`the key ${kid} is not revoked`)
  let left = 0
  let cursor: string | undefined
  do {
    const page = await system(packageSignatures).find({ where: { kid }, limit: AT_ONCE, ...(cursor && { cursor }) })
    for (const signature of page.data) {
      signal.throwIfAborted()
      if (!(await renew(deps, fence, key, signature))) left++
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  await system(signingKeys).patch(kid, { set: { 'renewal.left': left, 'renewal.at': clock.iso() } })
  return { done: { kid, left } }
}

async function renew(
  deps: RenewDeps,
  fence: Fence,
  { _id: kid, x }: SigningKeyDocument,
  signature: PackageSignatureDocument,
): Promise<boolean> {
  const { statement: text, value } = signature
  const statement = readStatement(text)
  if (!statement || !(await hasBytes(deps.store, statement.digest))) return false
  await deps.signer.ready()
  const outcome = await commit(deps.store, async (tx) => {
    await fence.assert(tx)
    const signed = await stillThere(tx, statement)
    // What was changed after it was signed does not become honest by being signed again.
    const fault = signed && judgeText({ text, value, x }, { ...factsOf(signed), ...purposeOf(statement) })
    if (!signed || fault) return { ok: true, value: false }
    if (statement.purpose === 'draft') await deps.signer.draft(tx, statement.organization, signed)
    else await deps.signer.release(tx, signed)
    await tx
      .asSystem(SIGNING_REASON)(signingKeys)
      .patch(kid, { inc: { 'renewal.renewed': 1 } })
    return { ok: true, value: true }
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

async function hasBytes(store: Store, digest: string): Promise<boolean> {
  const bytes = await store.blobs.get(digest)
  return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === digest
}

async function stillThere(handles: Handles, statement: Statement): Promise<SignedPackage | undefined> {
  const { name, version, digest } = statement
  if (statement.purpose === 'draft') {
    const where = { extension: name, version, digest }
    return (await handles.forOrganization(statement.organization)(drafts).find({ where, limit: 1 })).data[0]
  }
  const found = await handles.asSystem(SIGNING_REASON)(versions).get(`${name}@${version}`)
  return found && LIVING.includes(found.state) ? found : undefined
}

function purposeOf(statement: Statement) {
  if (statement.purpose === 'release') return { purpose: statement.purpose } as const
  return { purpose: statement.purpose, organization: statement.organization } as const
}
