import { setTimeout as sleep } from 'node:timers/promises'
import { type Audit, createAudit } from './audit/audit.ts'
import { auditCollections } from './audit/audit-documents.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { type Connectors, createConnectors } from './connectors/connectors.ts'
import type { InstalledConnectors } from './connectors/installed-connectors.ts'
import type { SchemaValidator } from './connectors/schema-validator.ts'
import { createEgress, type Egress } from './egress/egress.ts'
import { eventsCollections } from './events/delivery.ts'
import { createEvents, type Events } from './events/events.ts'
import { createHostApi } from './host-api/host-api.ts'
import { hostApiCollections } from './host-api/kv-documents.ts'
import type { Ids } from './ids.ts'
import { createDeclarations, type DeclarationSource } from './installation-declarations.ts'
import type { InstallationDirectory, PackageSource } from './installation-source.ts'
import type { FinishedRun } from './invocations/finished-run.ts'
import { createInvocations, type InvocationsService } from './invocations/invocations.ts'
import { invocationsCollections } from './invocations/invocations-collections.ts'
import type { RunGate } from './invocations/run-gate.ts'
import { jobsCollections } from './jobs/job.ts'
import { createJobs, type Jobs } from './jobs/jobs.ts'
import type { Log } from './log.ts'
import type { ActorSource } from './permissions/principal.ts'
import { createPlatform, type Platform } from './platform/platform.ts'
import { platformCollections } from './platform/resource-collections.ts'
import { createRecordings, type Recordings } from './recordings/recordings.ts'
import { recordingsCollections } from './recordings/recordings-collections.ts'
import type { Sandbox } from './sandbox/run.ts'
import { createSandbox } from './sandbox/sandbox.ts'
import { createStackMapper, type StackMapperDeps } from './sandbox/stack-mapper.ts'
import { schedulesCollections } from './schedules/schedule.ts'
import { createSchedules, type Schedules } from './schedules/schedules.ts'
import {
  createInstallationSecrets,
  type InstallationSecrets,
  installationSecrets,
} from './secrets/installation-secrets.ts'
import type { SecretBox } from './secrets/secret-box.ts'
import type { Store } from './storage/port.ts'
import { createIntegrations, type Integrations } from './sync/integrations.ts'
import { syncCollections } from './sync/sync-collections.ts'
import { createSyncRun, SYNC_JOB } from './sync/sync-run.ts'
import { webhooksCollections } from './webhooks/webhook.ts'
import { createWebhooksIn, type WebhooksIn } from './webhooks/webhooks.ts'

/** Everything that runs extensions and moves their data. It knows of no publishing, no people's screens, no routes. */
export interface Runtime {
  readonly audit: Audit
  readonly platform: Platform
  readonly egress: Egress
  readonly sandbox: Sandbox
  readonly invocations: InvocationsService
  readonly recordings: Recordings
  readonly jobs: Jobs
  readonly connectors: Connectors
  readonly integrations: Integrations
  readonly secretBox: SecretBox
  readonly declarations: DeclarationSource
  readonly secrets: InstallationSecrets
  readonly events: Events
  readonly schedules: Schedules
  readonly webhooksIn: WebhooksIn
  /** Begins to take jobs. Handlers of other rooms are registered before. */
  start(): void
  /**
   * Ends in the order of who needs whom; what was begun goes back to the queue. The store stays open. A part that fails
   * to end keeps no other from ending; rejects then with an `AggregateError`.
   */
  stop(): Promise<void>
}

export interface RuntimeDeps {
  store: Store
  clock: Clock
  ids: Ids
  log: Log
  /** Names this process among those on one store; two that run at once must differ. */
  nodeId: string
  /** How long `stop` waits for jobs before it aborts them, in milliseconds; 5 s if absent. */
  drainMs?: number
  config: Pick<Config, 'egress' | 'requireIsolation'>
  secretBox: SecretBox
  /** The caged checker of authors' schemas and source maps; whoever made it closes it. */
  checker: SchemaValidator & StackMapperDeps
  installations: InstallationDirectory
  actors: ActorSource
  packages: PackageSource
  /** Absent: what is installed and active may run. */
  gate?: RunGate
  /** See `InvocationsDeps`. */
  observe?(run: FinishedRun): void
  installed: InstalledConnectors
}

/** Everything that the runtime stores. */
export const runtimeCollections = [
  ...auditCollections,
  ...platformCollections,
  ...jobsCollections,
  ...hostApiCollections,
  ...invocationsCollections,
  ...recordingsCollections,
  ...syncCollections,
  installationSecrets,
  ...eventsCollections,
  ...schedulesCollections,
  ...webhooksCollections,
]

/** Composes the runtime. Rejects with `IsolationUnavailable` when the machine gives less isolation than was asked for. */
export async function createRuntime(deps: RuntimeDeps): Promise<Runtime> {
  const { log, config, secretBox, installed, checker: validator } = deps
  const isolation = config.requireIsolation === 'full' ? { requireIsolation: 'full' as const } : {}
  const sandbox = await createSandbox({ log, clock: deps.clock, ...isolation })
  const audit = createAudit(deps)
  const base = { ...deps, audit, validator }
  const platform = createPlatform(base)
  const egress = createEgress({ ...base, ...config.egress })
  const declarations = createDeclarations(deps.packages)
  const secrets = createInstallationSecrets(base)
  const hostApi = createHostApi({ ...base, platform, egress, declarations, secrets })
  const recordings = createRecordings({ ...base, sandbox })
  const invocations = createInvocations({
    ...base,
    sandbox,
    hostApi,
    declarations,
    recordings,
    stackMapper: createStackMapper(validator),
  })
  const connectors = createConnectors({ installed, validator })
  const jobs = createJobs(base)
  jobs.register(SYNC_JOB, createSyncRun({ ...base, platform, connectors, invocations, sleep: pause }))
  const integrations = createIntegrations({ ...base, connectors, invocations, jobs })
  const reacting = { ...base, platform, invocations, jobs, declarations, secrets }
  const events = createEvents(reacting)
  const schedules = createSchedules(reacting)
  const webhooksIn = createWebhooksIn(reacting)
  return {
    ...{ audit, platform, egress, sandbox, invocations, recordings, jobs, connectors, integrations, secretBox },
    ...{ declarations, secrets, events, schedules, webhooksIn },
    start() {
      for (const part of [jobs, events, schedules]) part.start()
    },
    async stop() {
      await inTurn([
        () => events.stop(),
        () => schedules.stop(),
        () => jobs.stop(),
        () => sandbox.close(),
        () => invocations.meter.close(),
        () => egress.close(),
        () => audit.close(),
      ])
    },
  }
}

async function inTurn(ends: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const end of ends) {
    try {
      await end()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'parts of the runtime did not end as they ought to')
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal })
}
