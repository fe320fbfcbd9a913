import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation, InstalledCode } from '../installation-source.ts'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Result } from '../result.ts'

/** For whom a call is answered: the installation and its actor as they are at this call. */
export interface CallContext {
  installation: ActiveInstallation
  principal: InstallationPrincipal
  /** The package whose code calls: an upgrade in mid-run does not lend it what the new manifest declares. */
  code: InstalledCode
  /** Clear values for the injections. */
  credentials: Readonly<Record<string, string>>
  signal: AbortSignal
  /** Told of the bodies that went out and came in by a request of the run, in bytes. */
  noteTraffic(sent: number, received: number): void
}

export type Answer = Promise<Result<Json>>
