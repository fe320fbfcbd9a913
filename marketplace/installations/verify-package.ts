import type { ActiveInstallation, PackageSource } from '../../runtime/installation-source.ts'
import { PackageRefused } from '../../runtime/package-refused.ts'
import type { StepOutcome } from './step-outcome.ts'

/** The package's source answers with bytes of this digest, signed as this version, or not at all. */
export async function verifyPackage(packages: PackageSource, installation: ActiveInstallation): Promise<StepOutcome> {
  try {
    if (await packages.load(installation.digest, installation)) return { ok: true }
  } catch (error) {
    if (!(error instanceof PackageRefused)) throw error
    const { code, message, retryable } = error
    return { ok: false, code, message, retryable }
  }
  const message = 'the package is not stored, or is damaged'
  return { ok: false, code: 'EXTENSION_LOAD_FAILED', message, retryable: false }
}
