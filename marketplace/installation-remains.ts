import type { Clock } from '../runtime/clock.ts'
import { deliveries } from '../runtime/events/delivery.ts'
import { emissionCounts } from '../runtime/host-api/event-calls.ts'
import { createFiles } from '../runtime/host-api/files.ts'
import { kvKeys, kvUsage } from '../runtime/host-api/kv-documents.ts'
import type { Ids } from '../runtime/ids.ts'
import { circuits, runs } from '../runtime/invocations/invocations-collections.ts'
import { jobs as jobRows } from '../runtime/jobs/job.ts'
import type { Jobs } from '../runtime/jobs/jobs.ts'
import { recordings } from '../runtime/recordings/recordings-collections.ts'
import { followings, schedules } from '../runtime/schedules/schedule.ts'
import { installationSecrets } from '../runtime/secrets/installation-secrets.ts'
import type { Collection, Documents, Handle, Store, Stored, Where } from '../runtime/storage/port.ts'
import { bindingsOf, type Integration, integrations } from '../runtime/sync/integration.ts'
import { logLines } from '../runtime/sync/integration-log.ts'
import { syncRuns } from '../runtime/sync/run.ts'
import { webhookSources, webhooks } from '../runtime/webhooks/webhook.ts'

/** What an installation leaves behind in the rooms below, when it goes. Both may be called again for the same one. */
export interface InstallationRemains {
  /** Ends what uses it: integrations over it are disabled, with the reason in their log, and their syncs cancelled. */
  release(organizationId: string, installationId: string, reason: string): Promise<void>
  /** Deletes what it kept and what its runs left. */
  erase(organizationId: string, installationId: string): Promise<void>
}

const BATCH = 1000

/** What is kept by the installation's id in a field of that name. */
const LEFT: readonly Collection<Stored>[] = [installationSecrets, schedules, webhookSources]

/** The same, each worked off by a job. */
const WORKED_OFF: readonly Collection<Stored & { jobId?: string }>[] = [deliveries, webhooks]

export function createInstallationRemains(deps: {
  store: Store
  clock: Clock
  ids: Ids
  jobs: Jobs
}): InstallationRemains {
  const { store } = deps
  return {
    async release(organizationId, installationId, reason) {
      for (const integration of await usersOf(store.forOrganization(organizationId), installationId))
        await disable(deps, integration, reason)
    },
    async erase(organizationId, installationId) {
      const handle = store.forOrganization(organizationId)
      await deleteAll(handle(kvKeys), { installationId })
      await handle(kvUsage).delete(installationId)
      await createFiles(deps).erase(organizationId, installationId)
      await deleteAll(handle(runs), { installationId })
      await deleteAll(handle(recordings), { installationId })
      await handle(circuits).delete(installationId)
      for (const worked of WORKED_OFF) await deleteWithJobs(handle, worked, installationId)
      for (const left of LEFT) await deleteAll(handle(left), { installationId })
      await handle(emissionCounts).delete(installationId)
      await handle(followings).delete(installationId)
    },
  }
}

/** Integrations whose connector or one of whose transformations it is. */
async function usersOf(handle: Handle, installationId: string): Promise<Integration[]> {
  const using: Integration[] = []
  let cursor: string | undefined
  do {
    const query = { sort: [['createdAt', 'asc']] as const, limit: BATCH, ...(cursor === undefined ? {} : { cursor }) }
    const page = await handle(integrations).find(query)
    using.push(...page.data.filter((integration) => uses(integration, installationId)))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return using
}

function uses(integration: Integration, installationId: string): boolean {
  if (integration.connectorId === installationId) return true
  const bindings = Object.values(bindingsOf(integration))
  return bindings.some(({ transformations = [] }) =>
    transformations.some((each) => each.installation === installationId),
  )
}

async function disable(
  { store, clock, ids, jobs }: Parameters<typeof createInstallationRemains>[0],
  { organizationId, _id: integrationId, status }: Integration,
  reason: string,
): Promise<void> {
  const at = clock.iso()
  if (status !== 'DISABLED')
    await store.tx(async (tx) => {
      const patch = { set: { status: 'DISABLED', healthStatus: 'UNHEALTHY', updatedAt: at } }
      await tx.forOrganization(organizationId)(integrations).patch(integrationId, patch)
      const entry = { level: 'WARN' as const, message: `Disabled: ${reason}` }
      await logLines(tx, { organizationId, integrationId, ids, at }, [entry])
    })
  const active = await store
    .forOrganization(organizationId)(syncRuns)
    .find({ where: { activeKey: integrationId } })
  for (const { jobId } of active.data) await jobs.cancel(organizationId, jobId)
}

/** The jobs first: whoever dies in between finds them again. One that runs has lost its lease with its row. */
async function deleteWithJobs(
  handle: Handle,
  rows: Collection<Stored & { jobId?: string }>,
  installationId: string,
): Promise<void> {
  for (;;) {
    const { data } = await handle(rows).find({ where: { installationId }, limit: BATCH })
    const ids = data.map(({ _id }) => _id)
    const jobIds = data.flatMap(({ jobId }) => jobId ?? [])
    await handle(jobRows).deleteWhere({ _id: { $in: jobIds } }, BATCH)
    await handle(rows).deleteWhere({ _id: { $in: ids } }, BATCH)
    if (data.length < BATCH) return
  }
}

async function deleteAll<T extends Stored>(documents: Documents<T>, where: Where): Promise<void> {
  while ((await documents.deleteWhere(where, BATCH)) === BATCH);
}
