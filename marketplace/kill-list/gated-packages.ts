import type { PackageSource } from '../../runtime/installation-source.ts'
import type { RunGate } from '../../runtime/invocations/run-gate.ts'
import { PackageRefused } from '../../runtime/package-refused.ts'

/** Packages that are not killed: what is, cannot be loaded for anything, an installation or an upgrade least of all. */
export function gatedPackages(packages: PackageSource, gate: Pick<RunGate, 'ended'>): PackageSource {
  return {
    async load(digest, code) {
      const ended = gate.ended({ ...code, digest })
      if (ended) throw new PackageRefused(ended.code, ended.message, ended)
      return packages.load(digest, code)
    },
  }
}
