import type { Store } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import type { InstalledRow, InstalledRows } from '../kill-list/kill-job.ts'
import { beginUninstall } from './begin-uninstall.ts'
import { changeInstallation } from './change-installation.ts'
import { hold, release } from './hold.ts'
import { type InstallationDocument, type InstallationState, installations } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'

const LIVE: readonly InstallationState[] = ['installing', 'active', 'disabled', 'failed']
const PAGE = 500

/**
 * Installations, as the kill list changes them. One with a version on its way is two rows, of which the list may name one:
 * what is done to a row is done only as long as the installation is of those bytes.
 */
export function createKilledRows(deps: InstallationsDeps): InstalledRows {
  return {
    all: () => allOf(deps.store),
    async hold(row, message) {
      const { organizationId, id, digest } = row
      await meet(deps, row)
      settle(await hold(deps, { kind: 'system', organizationId }, id, { reason: 'killed', message, digest }))
    },
    async release(row) {
      const { organizationId, id, digest } = row
      await meet(deps, row)
      settle(await release(deps, { kind: 'system', organizationId }, id, ['killed'], digest))
    },
    async uninstall(row, message) {
      await meet(deps, row)
      await uninstall(deps, row, message)
    },
    mark: (row, entry) => mark(deps, row, entry),
  }
}

async function mark(
  deps: InstallationsDeps,
  { organizationId, id, digest }: InstalledRow,
  entry: { seq: number; reason: string } | undefined,
): Promise<void> {
  const blocked = entry && { seq: entry.seq, message: entry.reason, at: deps.clock.iso() }
  const change = blocked ? { set: { blocked } } : { unset: ['blocked'] }
  const marked = await changeInstallation(deps, { kind: 'system', organizationId }, id, {
    action: blocked ? 'installation.block' : 'installation.unblock',
    from: ['active', 'disabled'],
    details: blocked ? { seq: blocked.seq, message: blocked.message } : {},
    facts: blocked ? { reason: 'killed', message: blocked.message } : {},
    patch: ({ digest: current, blocked: before }) => ({
      ok: true,
      value: current !== digest || before?.seq === blocked?.seq ? undefined : change,
    }),
  })
  settle(marked)
}

/**
 * Writes the row of what is not there yet: the commit that would let it run and began before the entry was there collides
 * here, and reads the list again; one that came first is seen by what follows.
 */
async function meet({ store, clock }: InstallationsDeps, { organizationId, id, digest }: InstalledRow): Promise<void> {
  const documents = store.forOrganization(organizationId)(installations)
  const current = await documents.get(id)
  const isComing = current?.state === 'installing' || current?.upgrade?.digest === digest
  if (isComing) await documents.patch(id, { set: { updatedAt: clock.iso() } })
}

async function* allOf(store: Store): AsyncIterable<InstalledRow> {
  const every = store.asSystem('what is killed is killed for every organization')(installations)
  let cursor: string | undefined
  do {
    const page = await every.find({ sort: [['_id', 'asc']], limit: PAGE, ...(cursor && { cursor }) })
    for (const { _id: id, organizationId, extension, version, digest, state, upgrade } of page.data) {
      if (organizationId === undefined || !LIVE.includes(state)) continue
      const row = { id, organizationId, extension }
      yield { ...row, version, digest }
      if (upgrade) yield { ...row, version: upgrade.version, digest: upgrade.digest }
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

/** As an admin would by force: what others need goes too. */
async function uninstall(deps: InstallationsDeps, { organizationId, id, digest }: InstalledRow, message: string) {
  const told = { reason: 'killed', message }
  settle(await beginUninstall(deps, { kind: 'system', organizationId }, id, { digest, details: told, facts: told }))
}

/** What is not there any more, or on its way out, is as it should be. */
function settle(outcome: Outcome<InstallationDocument>): void {
  if (outcome.ok || outcome.error.code === 'INSTALLATION_STATE' || outcome.error.code === 'NOT_FOUND') return
  throw new Error(outcome.error.message)
}
