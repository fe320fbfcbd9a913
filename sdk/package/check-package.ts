import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import { manifestDigest } from '@annex/sdk/manifest/manifest-digest'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { readDescription } from './describe.ts'
import { inspectPackage } from './inspect-package.ts'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'
import { DESCRIBE_FILE } from './manifest-file.ts'
import { type PackageFiles, sha256 } from './package-files.ts'
import type { PackageReport, Report } from './report.ts'
import type { CheckOptions, Rule } from './rule.ts'
import { RULE_SET, RULES } from './rules.ts'
import { hasError } from './run-rules.ts'

export type { Report } from './report.ts'
export type { CheckOptions } from './rule.ts'

/**
 * Runs every rule over the bytes of a package. Never throws for any bytes. It parses what strangers wrote: outside
 * tests and an author's own machine it runs in a caged process only.
 */
export async function checkPackage(
  bytes: Uint8Array,
  options: CheckOptions,
  rules: readonly Rule[] = RULES,
): Promise<Report> {
  const inspection = inspectPackage(bytes, options, rules)
  const { findings, executions, package: held, json, manifest } = inspection
  const sound = held && json && manifest ? { held, json, manifest } : undefined
  const passed = !hasError(findings) && executions.every((execution) => execution.outcome !== 'error')
  const report: Report = { ruleSet: RULE_SET, ok: passed && sound !== undefined, findings, executions }
  if (report.ok && sound) report.package = describePackage(sound.held, sound.json, sound.manifest)
  return report
}

/** Of a package without errors: the rules made sure that the entry and the description are there. */
function describePackage(held: PackageFiles, json: JsonObject, manifest: Manifest): PackageReport {
  const description = readDescription(held.files.get(DESCRIBE_FILE) ?? new Uint8Array())
  const entry = held.files.get(manifest.annex.entry)
  if (!description.ok || !entry) throw new TypeError('a package without entry or description passed the rules')
  return {
    name: manifest.name,
    version: manifest.version,
    digest: held.digest,
    size: held.size,
    unpacked: held.unpacked,
    sourceDigest: sha256(entry),
    manifest: json,
    manifestDigest: manifestDigest(manifest),
    capabilities: normalizeManifest(manifest),
    describe: description.description,
    files: [...held.files].map(([path, data]) => ({ path, size: data.length })),
    texts: texts(held),
  }
}

function texts(held: PackageFiles): PackageReport['texts'] {
  const found: PackageReport['texts'] = {}
  for (const [path, data] of held.files) {
    const kind = /^(?:(README\.md)|(CHANGELOG\.md)|LICENSE(?:\.md|\.txt)?)$/.exec(path)
    if (!kind) continue
    const name = kind[1] ? 'readme' : kind[2] ? 'changelog' : 'license'
    found[name] = new TextDecoder().decode(data.subarray(0, LIMITS.text))
  }
  return found
}
