import type { Test } from 'tap'
import { type Audit, createAudit } from '../../../runtime/audit/audit.ts'
import { auditCollections } from '../../../runtime/audit/audit-documents.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { createEgress } from '../../../runtime/egress/egress.ts'
import { createHostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import { createIds, type Ids } from '../../../runtime/ids.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { InvocationOutcome, InvocationRequest } from '../../../runtime/invocations/invocation.ts'
import { createInvocations, type InvocationsService } from '../../../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import { jobs } from '../../../runtime/jobs/job.ts'
import { createLog } from '../../../runtime/log.ts'
import { createPlatform, type Platform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import type { HostCall } from '../../../runtime/sandbox/host-call.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { createSandbox, type SandboxOptions } from '../../../runtime/sandbox/sandbox.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'
import { ATTACK_LIMITS } from '../harness/attack-limits.ts'

/** The runtime with its store, and a place between what a host call did and its answer. */
export interface TestRuntime {
  sandbox: Sandbox
  invocations: InvocationsService
  platform: Platform
  audit: Audit
  store: Store
  ids: Ids
  install(members: string, installation?: Partial<ActiveInstallation>): ActiveInstallation
  /** A new version with this code, as its admin would take it. */
  upgrade(installation: ActiveInstallation, members: string): void
  invoke(installation: ActiveInstallation, request?: Partial<InvocationRequest>): Promise<InvocationOutcome>
}

export type Between = (call: HostCall, installationId: string) => Promise<void> | void

export interface RuntimeOptions extends Partial<SandboxOptions> {
  /** Before the host does anything, and when what it did is in the store. */
  before?: Between
  after?: Between
}

export async function openRuntime(t: Test, { before, after, ...options }: RuntimeOptions = {}): Promise<TestRuntime> {
  const clock = systemClock
  const ids = createIds(() => clock.now())
  const collections = [...auditCollections, ...platformCollections, ...hostApiCollections, ...invocationsCollections]
  const store = await openTestStore(t, [...collections, jobs], { clock, ids })
  const log = createLog('silent')
  const audit = createAudit({ store, clock, ids, nodeId: 'node-1', log })
  t.teardown(() => audit.close())
  const egress = createEgress({ audit, clock, log })
  t.teardown(() => egress.close())
  const platform = createPlatform({ store, clock, ids, audit })
  const sandbox = await createSandbox({ log, maxChildren: 4, spares: 1, ...options })
  t.teardown(() => sandbox.close())
  const installed = new Map<string, ActiveInstallation>()
  const sources = new Map<string, string>()
  const hostApi = createHostApi({ platform, egress, store, audit, clock, log })
  const invocations = createInvocations({
    sandbox,
    hostApi: {
      dispatchFor: (request) => {
        const dispatch = hostApi.dispatchFor(request)
        return async (call, signal) => {
          await before?.(call, request.installation.id)
          const result = await dispatch(call, signal)
          await after?.(call, request.installation.id)
          return result
        }
      },
    },
    installations: { active: async (organizationId, id) => installed.get(`${organizationId}/${id}`) },
    packages: {
      load: async (digest) => {
        const source = sources.get(digest)
        return source === undefined ? undefined : { digest, source, manifest: {}, describe: {} }
      },
    },
    store,
    clock,
    ids,
    audit,
    log,
  })

  function setCode(installation: ActiveInstallation, members: string): void {
    installation.digest = ids('digest')
    sources.set(installation.digest, `var annexExtension = { default: { kind: 'connector', ${members} } }`)
  }

  return {
    sandbox,
    invocations,
    platform,
    audit,
    store,
    ids,
    install(members, installation = {}) {
      const active: ActiveInstallation = { ...NEW, id: ids('ins'), ...installation }
      installed.set(`${active.organizationId}/${active.id}`, active)
      setCode(active, members)
      return active
    },
    upgrade(installation, members) {
      setCode(installation, members)
      installation.epoch++
    },
    invoke({ organizationId, id }, request = {}) {
      const common = { organizationId, installationId: id, args: [], reason: 'test', limits: ATTACK_LIMITS } as const
      return invocations.invoke({ ...common, handler: ['check'], ...request })
    },
  }
}

const NEW: Omit<ActiveInstallation, 'id'> = {
  organizationId: 'org_attacked',
  extension: '@mallory/attack',
  kind: 'connector',
  version: '1.0.0',
  digest: '',
  epoch: 1,
  grants: [{ scope: 'read:chantiers' }, { scope: 'write:chantiers' }],
  egress: [],
  injections: [],
  config: {},
}

/** The process in which an organization's code runs. Throws when there is not exactly one. */
export function childOf(sandbox: Sandbox, organizationId: string): number {
  const own = sandbox.status().children.filter((child) => child.organizationId === organizationId)
  const [child] = own
  if (own.length !== 1 || !child) throw new Error(`${own.length} processes serve ${organizationId}`)
  return child.pid
}
