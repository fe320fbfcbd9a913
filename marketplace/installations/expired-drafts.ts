import type { Store } from '../../runtime/storage/port.ts'
import { isWanted } from '../publishing/dead-packages.ts'
import { type DraftDocument, drafts } from '../publishing/drafts-collection.ts'
import { submissions } from '../publishing/publishing-collections.ts'
import { packageSignatures, signatureId } from '../publishing/signing/signing-collections.ts'
import { changeInstallation } from './change-installation.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'
import { type InstallationsDeps, UNINSTALL_JOB } from './installation-deps.ts'

const REASON = 'drafts of every organization end'
const AT_ONCE = 100

/** Ends drafts whose time is over: first what is installed of them, and, when that is gone, the bytes. */
export function createExpiredDrafts(deps: InstallationsDeps): { sweep(): Promise<void> } {
  const { store, clock } = deps
  return {
    async sweep() {
      const where = { expiresAt: { $lte: clock.iso() } }
      let cursor: string | undefined
      do {
        const query = { where, limit: AT_ONCE, ...(cursor && { cursor }) }
        const page = await store.asSystem(REASON)(drafts).find(query)
        for (const draft of page.data) await end(deps, draft)
        cursor = page.nextCursor
      } while (cursor !== undefined)
    },
  }
}

async function end(deps: InstallationsDeps, draft: DraftDocument): Promise<void> {
  const { organizationId = '', extension } = draft
  const documents = deps.store.forOrganization(organizationId)(installations)
  const [live] = (await documents.find({ where: { liveKey: extension }, limit: 1 })).data
  if (live?.draft?.id === draft._id) await uninstall(deps, organizationId, live)
  else await forget(deps.store, organizationId, draft)
}

/** Whoever is being installed or uninstalled is looked at again in the next round. */
async function uninstall(
  deps: InstallationsDeps,
  organizationId: string,
  { _id: installationId, extension, version, state }: InstallationDocument,
): Promise<void> {
  if (state !== 'active' && state !== 'disabled') return
  const job = { organizationId, type: UNINSTALL_JOB, payload: { installationId } }
  const ended = await changeInstallation(deps, { kind: 'system', organizationId }, installationId, {
    action: 'installation.draft_expired',
    from: ['active', 'disabled'],
    details: { extension, version },
    patch: () => ({ ok: true, value: { set: { state: 'uninstalling' } } }),
    also: async (tx) => {
      const { _id: jobId } = await deps.jobs.enqueue(tx, job)
      await tx.forOrganization(organizationId)(installations).patch(installationId, { set: { jobId } })
    },
  })
  if (!ended.ok) deps.log.warn({ installationId, code: ended.error.code }, 'a draft that expired stays for now')
}

/** The document last: what dies in between is tried again. */
async function forget(
  store: Store,
  organizationId: string,
  { _id, extension, digest, reportId }: DraftDocument,
): Promise<void> {
  for (const blob of [digest, reportId]) {
    const bytes = (await isUsed(store, digest, _id)) ? undefined : await store.blobs.get(blob)
    if (!bytes) continue
    await store.blobs.delete(blob)
    // The same bytes may have been uploaded again while they were looked for.
    if (await isUsed(store, digest, _id)) await store.blobs.put(bytes)
  }
  await store.tx(async (tx) => {
    const documents = tx.forOrganization(organizationId)(drafts)
    await documents.delete(_id)
    const same = await documents.find({ where: { extension, digest }, limit: 1 })
    if (same.data.length > 0) return
    await tx.asSystem(REASON)(packageSignatures).delete(signatureId(digest, organizationId))
  })
}

/** A submission keeps its report for good, so anything at all that was submitted with these bytes counts. */
async function isUsed(store: Store, digest: string, except: string): Promise<boolean> {
  const system = store.asSystem(REASON)
  const others = await system(drafts).find({ where: { digest, _id: { $ne: except } }, limit: 1 })
  const submitted = await system(submissions).find({ where: { digest }, limit: 1 })
  return others.data.length + submitted.data.length > 0 || isWanted(store, digest, except)
}
