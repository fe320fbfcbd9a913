import type { Store } from '../../runtime/storage/port.ts'
import type { Outcome } from '../errors.ts'
import type { InstalledRow, InstalledRows } from '../kill-list/kill-job.ts'
import { changeInstallation } from './change-installation.ts'
import { hold, release } from './hold.ts'
import { type InstallationDocument, type InstallationState, installations } from './installation-collections.ts'
import { type InstallationsDeps, UNINSTALL_JOB } from './installation-deps.ts'

const LIVE: readonly InstallationState[] = ['installing', 'active', 'disabled', 'failed']
const PAGE = 500

/** Installations, as the kill list changes them. */
export function createKilledRows(deps: InstallationsDeps): InstalledRows {
  return {
    all: () => allOf(deps.store),
    async hold({ organizationId, id }, message) {
      settle(await hold(deps, { kind: 'system', organizationId }, id, { reason: 'killed', message }))
    },
    async release({ organizationId, id }) {
      settle(await release(deps, { kind: 'system', organizationId }, id, ['killed']))
    },
    uninstall: (row, message) => uninstall(deps, row, message),
  }
}

async function* allOf(store: Store): AsyncIterable<InstalledRow> {
  const every = store.asSystem('what is killed is killed for every organization')(installations)
  let cursor: string | undefined
  do {
    const page = await every.find({ sort: [['_id', 'asc']], limit: PAGE, ...(cursor && { cursor }) })
    for (const { _id: id, organizationId, extension, version, digest, state } of page.data)
      if (organizationId !== undefined && LIVE.includes(state)) yield { id, organizationId, extension, version, digest }
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

/** As an admin would by force: what others need goes too. */
async function uninstall(deps: InstallationsDeps, { organizationId, id }: InstalledRow, message: string) {
  let under: (string | undefined)[] = []
  const begun = await changeInstallation(deps, { kind: 'system', organizationId }, id, {
    action: 'installation.uninstall',
    from: LIVE,
    details: { reason: 'killed', message },
    patch: ({ state, jobId, upgrade }) => {
      under = [state === 'installing' ? jobId : undefined, upgrade?.jobId]
      // A failed one keeps its place no more and has left nothing.
      const set = { state: state === 'failed' ? 'uninstalled' : 'uninstalling' }
      return { ok: true, value: { set, unset: ['upgrade', 'watch', 'draining'] } }
    },
    also: async (tx, after) => {
      if (after.state !== 'uninstalling') return
      const payload = { installationId: id }
      const { _id: jobId } = await deps.jobs.enqueue(tx, { organizationId, type: UNINSTALL_JOB, payload })
      await tx.forOrganization(organizationId)(installations).patch(id, { set: { jobId } })
    },
  })
  settle(begun)
  if (!begun.ok) return
  for (const jobId of under) if (jobId !== undefined) await deps.jobs.cancel(organizationId, jobId)
}

/** What is not there any more, or on its way out, is as it should be. */
function settle(outcome: Outcome<InstallationDocument>): void {
  if (outcome.ok || outcome.error.code === 'INSTALLATION_STATE' || outcome.error.code === 'NOT_FOUND') return
  throw new Error(outcome.error.message)
}
