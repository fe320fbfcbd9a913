import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import { manifestDigest } from '@annex/sdk/manifest/manifest-digest'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { readDescription } from './describe.ts'
import { inspectPackage } from './inspect-package.ts'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'
import { DESCRIBE_FILE } from './manifest-file.ts'
import { type PackageFiles, sha256 } from './package-files.ts'
import { placeInSources } from './place-in-sources.ts'
import type { PackageReport, Report } from './report.ts'
import type { CheckOptions, Rule } from './rule.ts'
import { codeUse } from './rules/code-use.ts'
import { RULE_SET, RULES } from './rules.ts'
import { allWent, hasError } from './run-rules.ts'
import { waive } from './waivers.ts'

export type { Report } from './report.ts'
export type { CheckOptions } from './rule.ts'

/**
 * Runs every rule that looks at the bytes of a package. Never throws for any bytes. It parses what strangers wrote:
 * outside tests it runs in a caged process only. Rules that want the package run are left open: see `completeReport`.
 */
export async function checkPackage(
  bytes: Uint8Array,
  options: CheckOptions = {},
  rules: readonly Rule[] = RULES,
): Promise<Report> {
  const { executions, package: held, json, manifest, ...seen } = inspectPackage(bytes, options, rules)
  const placed = held && manifest ? placeInSources(seen.findings, held, manifest) : seen.findings
  const findings = manifest ? waive(placed, manifest, rules) : placed
  const passed = !hasError(findings) && allWent(executions)
  const report: Report = { ruleSet: RULE_SET, ok: false, findings, executions }
  if (!passed || !held || !json || !manifest) return report
  return { ...report, ok: true, package: describePackage(held, json, manifest) }
}

/** Of a package without errors: the rules made sure that the entry and the description are there. */
function describePackage(held: PackageFiles, json: JsonObject, manifest: Manifest): PackageReport {
  const description = readDescription(held.files.get(DESCRIBE_FILE) ?? new Uint8Array())
  const entry = held.files.get(manifest.annex.entry)
  if (!description.ok || !entry) throw new TypeError('a package without entry or description passed the rules')
  const { libraries = [] } = description.description
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
    files: [...held.files].map(([path, data]) => ({ path, size: data.length, sha256: sha256(data) })),
    libraries,
    codeUse: codeUse(entry),
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
