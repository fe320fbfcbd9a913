import { ExtensionDescription } from '@annex/package/describe'
import type { PackageReport } from '@annex/package/report'
import { Manifest } from '@annex/sdk/manifest'
import { Value } from '@sinclair/typebox/value'
import { versionKey } from './version-key.ts'

/** What is kept of a package that passed its check. */
export interface CheckedPackage {
  publisher: string
  /** `@publisher/name`. */
  extension: string
  version: string
  sortKey: string
  manifest: Manifest
  report: PackageReport
}

const NAME = /^@([a-z0-9][a-z0-9-]{0,63})\/[a-z0-9][a-z0-9._-]{0,63}$/

/**
 * Reads what the check child answered. It is caged because it reads what strangers wrote, so its answer is looked at
 * like any other input. `undefined` when it is not about these bytes or has not the promised form.
 */
export function readCheckedPackage(report: PackageReport | undefined, digest: string): CheckedPackage | undefined {
  if (!report || report.digest !== digest) return undefined
  const { name, version, manifest } = report
  const publisher = NAME.exec(name)?.[1]
  const sortKey = versionKey(version)
  if (publisher === undefined || sortKey === undefined) return undefined
  if (!Value.Check(Manifest, manifest) || !Value.Check(ExtensionDescription, report.describe)) return undefined
  if (manifest.name !== name || manifest.version !== version) return undefined
  return { publisher, extension: name, version, sortKey, manifest, report }
}
