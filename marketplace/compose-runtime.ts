import { setTimeout as sleep } from 'node:timers/promises'
import { type Audit, createAudit } from '../runtime/audit/audit.ts'
import { auditCollections } from '../runtime/audit/audit-documents.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Config } from '../runtime/config.ts'
import { type Connectors, createConnectors } from '../runtime/connectors/connectors.ts'
import type { InstalledConnectors } from '../runtime/connectors/installed-connectors.ts'
import { createEgress } from '../runtime/egress/egress.ts'
import { createHostApi } from '../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../runtime/host-api/kv-documents.ts'
import type { Ids } from '../runtime/ids.ts'
import type { InstallationSource, PackageSource } from '../runtime/installation-source.ts'
import { createInvocations, type InvocationsService } from '../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../runtime/invocations/invocations-collections.ts'
import { jobsCollections } from '../runtime/jobs/job.ts'
import { createJobs, type Jobs } from '../runtime/jobs/jobs.ts'
import type { Log } from '../runtime/log.ts'
import { createPlatform, type Platform } from '../runtime/platform/platform.ts'
import { platformCollections } from '../runtime/platform/resource-collections.ts'
import type { PackageChecker } from '../runtime/sandbox/package-checker.ts'
import type { Sandbox } from '../runtime/sandbox/run.ts'
import { createSandbox } from '../runtime/sandbox/sandbox.ts'
import type { SecretBox } from '../runtime/secrets/secret-box.ts'
import type { Store } from '../runtime/storage/port.ts'
import { createIntegrations, type Integrations } from '../runtime/sync/integrations.ts'
import { syncCollections } from '../runtime/sync/sync-collections.ts'
import { createSyncRun, SYNC_JOB } from '../runtime/sync/sync-run.ts'

export interface Runtime {
  audit: Audit
  platform: Platform
  jobs: Jobs
  connectors: Connectors
  integrations: Integrations
  invocations: InvocationsService
  sandbox: Sandbox
  start(): void
  stop(): Promise<void>
}

export const runtimeCollections = [
  ...auditCollections,
  ...platformCollections,
  ...jobsCollections,
  ...hostApiCollections,
  ...invocationsCollections,
  ...syncCollections,
]

export async function createRuntime(deps: {
  store: Store
  clock: Clock
  ids: Ids
  log: Log
  nodeId: string
  config: Config
  secretBox: SecretBox
  checker: PackageChecker
  installations: InstallationSource
  packages: PackageSource
  installed: InstalledConnectors
}): Promise<Runtime> {
  const { checker: validator, installed, config } = deps
  const audit = createAudit(deps)
  const base = { ...deps, audit, validator }
  const platform = createPlatform(base)
  const jobs = createJobs(base)
  const egress = createEgress({ ...config.egress, ...base })
  const hostApi = createHostApi({ ...base, platform, egress })
  const require = config.requireIsolation === 'full' ? { requireIsolation: 'full' as const } : {}
  const sandbox = await createSandbox({ log: deps.log, ...require })
  const invocations = createInvocations({ ...base, sandbox, hostApi })
  const connectors = createConnectors({ installed, validator })
  const integrations = createIntegrations({ ...base, connectors, invocations, jobs })
  const wait = (milliseconds: number, signal: AbortSignal) => sleep(milliseconds, undefined, { signal })
  jobs.register(SYNC_JOB, createSyncRun({ ...base, platform, connectors, invocations, sleep: wait }))
  return {
    ...{ audit, platform, jobs, connectors, integrations, invocations, sandbox },
    start: () => jobs.start(),
    async stop() {
      await jobs.stop()
      await sandbox.close()
      await egress.close()
      await audit.close()
    },
  }
}
