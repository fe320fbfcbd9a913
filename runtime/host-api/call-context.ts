import type { Json } from '@annex/sdk/json'
import type { ActiveInstallation } from '../installation-source.ts'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Result } from '../result.ts'

/** For whom a call is answered: the installation and its actor as they are at this call. */
export interface CallContext {
  installation: ActiveInstallation
  principal: InstallationPrincipal
  /** Clear values for the injections. */
  credentials: Readonly<Record<string, string>>
  signal: AbortSignal
}

export type Answer = Promise<Result<Json>>
