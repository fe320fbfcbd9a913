import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { Test } from 'tap'
import { eventsCollections } from '../../../runtime/events/delivery.ts'
import { createEvents } from '../../../runtime/events/events.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import { createDeclarations } from '../../../runtime/installation-declarations.ts'
import type { ActiveInstallation, InstallationDirectory, PackageSource } from '../../../runtime/installation-source.ts'
import type { InvocationRequest, Invocations } from '../../../runtime/invocations/invocation.ts'
import { jobsCollections } from '../../../runtime/jobs/job.ts'
import { createJobs } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import { schedulesCollections } from '../../../runtime/schedules/schedule.ts'
import { createSchedules } from '../../../runtime/schedules/schedules.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { goodManifest } from '../../sdk/package/good-package.ts'
import { installed } from '../host-api/open-host-api.ts'
import { openPlatform } from '../platform/open-platform.ts'

/** What a handler does in the place of guest code; throws what the guest would. */
export type Handler = (request: InvocationRequest) => unknown

export type Reactions = Awaited<ReturnType<typeof openReactions>>

/** Events and schedules on an empty store, with the queue run by hand; only the sandbox is stood in for. */
export async function openReactions(t: Pick<Test, 'teardown'>) {
  const more = [...hostApiCollections, ...jobsCollections, ...eventsCollections, ...schedulesCollections]
  const base = await openPlatform(t, more)
  const log = createLog('silent')
  const active = new Map<string, ActiveInstallation>()
  const manifests = new Map<string, JsonObject>()
  const handlers = new Map<string, Handler>()
  const asked: InvocationRequest[] = []
  const packages: PackageSource = {
    load: async (digest) => ({ digest, source: '', manifest: manifests.get(digest) ?? {}, describe: {} }),
  }
  const installations: InstallationDirectory = {
    active: async (organizationId, id) => {
      const found = active.get(id)
      return found?.organizationId === organizationId ? found : undefined
    },
    list: async (organizationId) => [...active.values()].filter((one) => one.organizationId === organizationId),
  }
  const invocations: Invocations = {
    invoke: async (request) => {
      asked.push(request)
      const end = { runId: base.ids('run'), usage: NO_USAGE, logs: [] }
      try {
        await handlers.get(`${request.installationId} ${request.handler.join('.')}`)?.(request)
        return { ok: true, value: null, done: true, ...end }
      } catch (error) {
        const failure = {
          class: 'USER_ERROR',
          code: 'ERROR',
          message: String(error),
          retryable: false,
          incident: false,
        }
        return { ok: false, failure, ...end } as Awaited<ReturnType<Invocations['invoke']>>
      }
    },
    open: async () => {
      throw new Error('nothing here is pulled page by page')
    },
  }
  /** A process on the store, or on what it sees of it; its queue and its looks are run by hand. */
  function open(store: Store) {
    // Hours of the clock by hand pass between two heartbeats: no lease may run out meanwhile.
    const jobs = createJobs({ ...base, store, log, nodeId: base.ids('node'), leaseMs: LEASE_MS })
    t.teardown(() => jobs.stop())
    const declarations = createDeclarations(packages)
    const deps = { ...base, store, log, jobs, installations, invocations, declarations }
    const [events, schedules] = [createEvents(deps), createSchedules(deps)]
    const settle = async () => {
      for (let more = 1; more > 0; ) more = (await events.drain()) + (await schedules.tick()) + (await jobs.runDue())
    }
    return { jobs, events, schedules, settle }
  }

  return {
    ...base,
    ...open(base.store),
    ...{ open, active, asked, handlers },
    /** Installs an extension that declares `parts`; told as the marketplace tells of it. */
    async install(id: string, parts: Partial<Manifest['annex']>, grants: readonly ScopeGrant[] = []) {
      const digest = base.ids('digest')
      const manifest = goodManifest()
      Object.assign(manifest.annex, parts)
      manifests.set(digest, manifest as unknown as JsonObject)
      active.set(id, installed({ id, digest, grants }))
      await this.changed(id)
    },
    async changed(installationId: string) {
      const event = { partition: 'org_a', type: 'installation.changed', payload: { installationId } }
      await base.store.tx(async (tx) => tx.emit(event))
    },
  }
}

/** How long a process that died keeps its jobs. */
export const LEASE_MS = 24 * 3_600_000
const NO_USAGE = { cpuMs: 0, wallMs: 0, hostCalls: 0 }
