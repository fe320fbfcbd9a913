import type { JsonObject } from '@annex/sdk/json'
import type { Finding } from './finding.ts'
import { inspectPackage } from './inspect-package.ts'
import type { PackageFiles } from './package-files.ts'
import { RULES } from './rules.ts'
import { hasError } from './run-rules.ts'

export type { PackageFiles } from './package-files.ts'

export interface ReadPackage extends PackageFiles {
  /** package.json: plain JSON, not held against the schema yet. */
  manifest: JsonObject
}

/** The rules that a package must pass to be read at all: its archive, and package.json as JSON. */
const DOOR_RULES = RULES.filter((rule) => rule.stage === 'archive' || rule.id === 'MAN-01')

/**
 * Reads a .tgz in memory; nothing touches the disk. Refuses, with findings, whatever could be read in two ways or
 * reach beyond the package. Never throws for any bytes.
 */
export function readPackage(
  bytes: Uint8Array,
): { ok: true; package: ReadPackage } | { ok: false; findings: Finding[] } {
  const { findings, package: held, json } = inspectPackage(bytes, {}, DOOR_RULES)
  if (hasError(findings) || !held || !json) return { ok: false, findings }
  return { ok: true, package: { ...held, manifest: json } }
}
