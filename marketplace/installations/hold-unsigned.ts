import type { InstalledCode, PackageSource } from '../../runtime/installation-source.ts'
import type { Log } from '../../runtime/log.ts'
import { PackageRefused } from '../../runtime/package-refused.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { ChangeDeps } from './change-installation.ts'
import { hold } from './hold.ts'
import { installations } from './installation-collections.ts'

/**
 * Packages, with whoever runs a version for which nobody vouches disabled for that reason. `deps` is asked when there is
 * one: what changes installations is made after what loads packages.
 */
export function holdUnsigned(packages: PackageSource, deps: () => ChangeDeps & { log: Log }): PackageSource {
  return {
    async load(digest, code) {
      try {
        return await packages.load(digest, code)
      } catch (error) {
        // With a key that was revoked it is a matter of moments: packages are signed anew.
        if (error instanceof PackageRefused && error.code === 'PACKAGE_SIGNATURE_INVALID' && !error.retryable)
          await disable(deps(), { ...code, digest }, error.message)
        throw error
      }
    },
  }
}

/** Not of a version that is only staged: there, the refusal is the end of it. */
async function disable(deps: ChangeDeps & { log: Log }, code: InstalledCode, message: string): Promise<void> {
  const { organizationId, extension } = code
  try {
    const live = await runningOf(deps.store, code)
    if (!live || live.disabled?.invalid_signature) return
    await hold(deps, { kind: 'system', organizationId }, live._id, { reason: 'invalid_signature', message })
  } catch (error) {
    // The refusal stands without it: nothing of it runs.
    deps.log.error({ err: error, extension }, 'an unsigned version was not disabled')
  }
}

async function runningOf(store: Store, { organizationId, extension, digest }: InstalledCode) {
  const where = { liveKey: extension }
  const [live] = (await store.forOrganization(organizationId)(installations).find({ where, limit: 1 })).data
  const settled = live?.state === 'active' || live?.state === 'disabled'
  return settled && live.digest === digest ? live : undefined
}
