import { coveredPlatforms } from '@annex/package/covered-platforms'
import { PackageRefused } from '../../runtime/package-refused.ts'
import { everyInstallation } from './every-installation.ts'
import { hold, release } from './hold.ts'
import { type InstallationDocument, toActive } from './installation-collections.ts'
import type { InstallationsDeps } from './installation-deps.ts'
import { installedRelease } from './installed-release.ts'

const REASON = 'the platform offers the same to every organization'

/**
 * Disables what runs on no platform that is offered any more, and lets run again what was disabled for that, or for its
 * signature, once it is in order.
 */
export function createStandingSweep(deps: InstallationsDeps): { sweep(): Promise<void> } {
  return {
    async sweep() {
      const covered = new Map<string, boolean>()
      for await (const installation of everyInstallation(deps.store, REASON, ['active', 'disabled']))
        await consider(deps, covered, installation).catch((error: unknown) =>
          deps.log.error({ installationId: installation._id, err: error }, 'an installation could not be looked at'),
        )
    },
  }
}

async function consider(
  deps: InstallationsDeps,
  covered: Map<string, boolean>,
  installation: InstallationDocument,
): Promise<void> {
  const { disabled = {} } = installation
  const runs = await isCovered(deps, covered, installation)
  if (!runs && !disabled.incompatible) await disable(deps, installation)
  if (runs && disabled.incompatible) await enable(deps, installation, 'incompatible')
  if (disabled.invalid_signature && (await isSigned(deps, installation)))
    await enable(deps, installation, 'invalid_signature')
}

async function isCovered(
  { store }: InstallationsDeps,
  known: Map<string, boolean>,
  installation: InstallationDocument,
): Promise<boolean> {
  const before = known.get(installation.digest)
  if (before !== undefined) return before
  const found = await installedRelease(store, installation)
  const covered = found === undefined || coveredPlatforms(found.card.platform).length > 0
  known.set(installation.digest, covered)
  return covered
}

async function isSigned({ packages }: InstallationsDeps, installation: InstallationDocument): Promise<boolean> {
  try {
    return (await packages.load(installation.digest, toActive(installation))) !== undefined
  } catch (error) {
    if (error instanceof PackageRefused) return false
    throw error
  }
}

async function disable(deps: InstallationsDeps, { _id, organizationId = '' }: InstallationDocument): Promise<void> {
  const message = 'it runs on no version of the platform that is offered here'
  settle(deps, _id, await hold(deps, { kind: 'system', organizationId }, _id, { reason: 'incompatible', message }))
}

async function enable(
  deps: InstallationsDeps,
  { _id, organizationId = '' }: InstallationDocument,
  reason: 'incompatible' | 'invalid_signature',
): Promise<void> {
  settle(deps, _id, await release(deps, { kind: 'system', organizationId }, _id, [reason]))
}

/** What was uninstalled meanwhile is as it should be. */
function settle({ log }: InstallationsDeps, installationId: string, outcome: Awaited<ReturnType<typeof hold>>): void {
  if (!outcome.ok) log.info({ installationId, code: outcome.error.code }, 'an installation was not changed')
}
