import { createHash } from 'node:crypto'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import { principalName, type UserPrincipal } from '../../runtime/permissions/principal.ts'
import type { CheckResult } from '../../runtime/sandbox/check-process.ts'
import type { Page, Store } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { type CheckedPackage, readCheckedPackage } from './checked-package.ts'
import { type DraftDocument, drafts } from './drafts-collection.ts'
import { roleIn } from './publishers.ts'
import { publishers } from './publishing-collections.ts'
import type { Reports } from './reports.ts'
import type { PackageSigner } from './signing/package-signer.ts'
import type { PackageCheck } from './validate-submission.ts'

/** How long a draft lives, how many of them an organization has, and how many of its uploads are checked at a time. */
export const DRAFT_LIMITS = { keepMs: 7 * 24 * 3_600_000, kept: 20, checking: 2 } as const

const REASON = 'publishers belong to no organization'

/** A draft as the members of its organization see it. */
export interface Draft {
  id: string
  extension: string
  version: string
  displayName: string
  digest: string
  /** Bytes of the package. */
  size: number
  by: string
  createdAt: string
  expiresAt: string
}

export interface Drafts {
  /**
   * Takes a package that passes the check of published ones. Drafts of other bytes of the same extension end, but for
   * one that is installed: that goes on until the new one is installed. The caller is an owner or admin.
   */
  upload(admin: UserPrincipal, bytes: Uint8Array): Promise<Outcome<{ draft: Draft; findings: Finding[] }>>
  list(organizationId: string, page: { limit?: number; cursor?: string }): Promise<Page<Draft>>
  get(organizationId: string, id: string): Promise<Draft | undefined>
}

export interface DraftsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  reports: Reports
  signer: PackageSigner
  check: PackageCheck
  /** Bytes of a package. */
  packageBytes: number
  /** The draft of an extension that is installed. */
  installedDraft(organizationId: string, extension: string): Promise<string | undefined>
}

export function createDrafts(deps: DraftsDeps): Drafts {
  const checking = new Map<string, number>()
  return {
    async upload(admin, bytes) {
      const { organizationId } = admin
      const under = checking.get(organizationId) ?? 0
      if (under >= DRAFT_LIMITS.checking)
        return refused('TOO_MANY_SUBMISSIONS', `${under} drafts are being checked`, { retryAfter: 5 })
      checking.set(organizationId, under + 1)
      try {
        return await upload(deps, admin, bytes)
      } finally {
        const left = (checking.get(organizationId) ?? 1) - 1
        if (left > 0) checking.set(organizationId, left)
        else checking.delete(organizationId)
      }
    },
    async list(organizationId, page) {
      const documents = deps.store.forOrganization(organizationId)(drafts)
      const found = await documents.find({ sort: [['createdAt', 'desc']], ...page })
      return { ...found, data: found.data.map(draftView) }
    },
    async get(organizationId, id) {
      const found = await deps.store.forOrganization(organizationId)(drafts).get(id)
      return found && draftView(found)
    },
  }
}

async function upload(deps: DraftsDeps, admin: UserPrincipal, bytes: Uint8Array): ReturnType<Drafts['upload']> {
  if (bytes.byteLength === 0) return refused('PACKAGE_EMPTY', 'the body is the package itself: a gzipped tarball')
  if (bytes.byteLength > deps.packageBytes)
    return refused('PACKAGE_TOO_LARGE', `a package has at most ${deps.packageBytes} bytes`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const read = readReport(await deps.check(bytes, {}), digest)
  if (!read.ok) return read
  const { report } = read.value
  const foreign = await foreignPublisher(deps.store, admin, read.value)
  if (foreign) return foreign
  // Bytes and report are in the store before a document names them.
  await deps.store.blobs.put(bytes)
  const reportId = await deps.reports.put(report)
  await deps.signer.ready()
  const stored = await insert(deps, admin, read.value, { digest, size: bytes.byteLength, reportId })
  if (!stored.ok) return stored
  // An older draft of the same bytes may have ended before this one was there to hold them.
  await deps.store.blobs.put(bytes)
  await deps.reports.put(report)
  return { ok: true, value: { draft: draftView(stored.value), findings: report.findings } }
}

function readReport(result: CheckResult<Report>, digest: string): Outcome<CheckedPackage> {
  if (!result.ok && (result.code === 'CHECK_QUEUE' || result.code === 'CHECK_CRASHED'))
    return refused('UNAVAILABLE', 'the package cannot be checked now; try again in a moment', { retryAfter: 5 })
  if (!result.ok) return refused('PACKAGE_INVALID', `the check could not be finished: ${result.message}`)
  const { findings } = result.value
  const checked = readCheckedPackage(result.value, digest)
  if (checked) return { ok: true, value: checked }
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return refused('PACKAGE_INVALID', `the package does not pass its check: ${errors} errors`, { details: { findings } })
}

/** A draft must not pass for the work of a publisher that its author does not belong to. */
async function foreignPublisher(store: Store, admin: UserPrincipal, { publisher }: CheckedPackage) {
  const system = store.asSystem(REASON)
  if (!(await system(publishers).get(publisher)) || (await roleIn(system, admin.userId, publisher))) return undefined
  return refused('PUBLISHER_FORBIDDEN', `"${publisher}" is a publisher, and you are no member of it`)
}

async function insert(
  { store, clock, ids, audit, signer, installedDraft }: DraftsDeps,
  admin: UserPrincipal,
  { extension, version, card, report }: CheckedPackage,
  bytes: { digest: string; size: number; reportId: string },
): Promise<Outcome<DraftDocument>> {
  const { organizationId } = admin
  const [_id, by, createdAt] = [ids('dft'), principalName(admin), clock.iso()]
  const { capabilities, manifestDigest } = report.package
  const installed = await installedDraft(organizationId, extension)
  const facts = { extension, version, card, capabilities, manifestDigest, ...bytes }
  return store.tx(async (tx) => {
    const documents = tx.forOrganization(organizationId)(drafts)
    const all = (await documents.find({ sort: [['createdAt', 'desc']], limit: DRAFT_LIMITS.kept * 2 })).data
    const live = all.filter(({ expiresAt }) => expiresAt > createdAt)
    const earlier = live.filter((other) => other.extension === extension)
    if (live.length - earlier.length >= DRAFT_LIMITS.kept)
      return refused('QUOTA_EXCEEDED', `the organization has ${live.length} drafts; each ends 7 days after its upload`)
    const expiresAt = isoPlus(createdAt, DRAFT_LIMITS.keepMs)
    const stored = await documents.insert({ _id, ...facts, by, createdAt, expiresAt })
    await signer.draft(tx, organizationId, stored)
    for (const { _id: old } of earlier)
      if (old !== installed) await documents.patch(old, { set: { expiresAt: createdAt } })
    const details = { extension, version, digest: bytes.digest, size: bytes.size }
    const entry = { organizationId, actor: by, action: 'draft.upload', target: _id, details }
    await audit.within(tx, { ...entry, outcome: 'allowed' })
    return { ok: true, value: stored }
  })
}

function draftView({
  _id: id,
  extension,
  version,
  card,
  digest,
  size,
  by,
  createdAt,
  expiresAt,
}: DraftDocument): Draft {
  return { id, extension, version, displayName: card.displayName, digest, size, by, createdAt, expiresAt }
}
