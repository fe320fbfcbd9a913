import type { Json, JsonObject } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { PackageSource } from '../../runtime/installation-source.ts'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import type { Log } from '../../runtime/log.ts'
import type { SchemaVerdict } from '../../runtime/sandbox/package-checker.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Reports } from '../publishing/reports.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface InstallationsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  log: Log
  jobs: Jobs
  packages: PackageSource
  lifecycle: Lifecycle
  reports: Reports
  /** Holds a value against an author's JSON Schema, in a caged process. Rejects when the schema is none. */
  validate(schema: JsonObject, value: Json): Promise<SchemaVerdict>
  /** Stops what uses the installation, with a reason for people. May be called again for the same one. */
  release(organizationId: string, installationId: string, reason: string): Promise<void>
  /** Deletes what the installation kept and what its runs left. May be called again for the same one. */
  erase(organizationId: string, installationId: string): Promise<void>
  /** Whether versions come by policy; yes if absent. */
  automaticUpgrades?: boolean
  /** Milliseconds that a caller waits for an installation before it goes on behind; 20 s if absent. */
  waitMs?: number
}

export const INSTALL_JOB = 'installations.install'
export const UNINSTALL_JOB = 'installations.uninstall'
export const ERASE_JOB = 'installations.erase'
export const UPGRADE_JOB = 'installations.upgrade'
export const WATCH_JOB = 'installations.watch'
