import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import { readArchive } from './archive/read-archive.ts'
import type { Execution, RuleRun, SkipReason } from './execution.ts'
import type { Finding } from './finding.ts'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'
import { MANIFEST_FILE } from './manifest-file.ts'
import { type PackageFiles, packageFiles } from './package-files.ts'
import type { ArchiveStage, CheckOptions, FilesStage, JsonStage, ManifestStage, Rule } from './rule.ts'
import { hasError, runRule, skipRule } from './run-rules.ts'
import { parseStrictJson, type StrictJson } from './strict-json.ts'
import { waivableIds } from './waivers.ts'

/** What the rules saw, and as much of the package as turned out sound. */
export interface Inspection extends RuleRun {
  package?: PackageFiles
  json?: JsonObject
  manifest?: Manifest
}

/** Runs the rules stage by stage over the bytes of a package. Never throws for any bytes. */
export function inspectPackage(bytes: Uint8Array, options: CheckOptions, rules: readonly Rule[]): Inspection {
  const run = new StageRun(rules)
  const archived: ArchiveStage = { archive: readArchive(bytes), options }
  // What the reader refused is refused even if the rule that reports it is not among the rules.
  if (!run.archive(archived) || archived.archive.faults.length > 0) return run.rest({})
  const held = packageFiles(bytes, archived.archive)
  const manifestBytes = held.files.get(MANIFEST_FILE)
  const packageJson: StrictJson = manifestBytes
    ? parseStrictJson(manifestBytes, { bytes: LIMITS.manifest, depth: LIMITS.jsonDepth })
    : { ok: false, problems: [{ message: 'it is not in the package' }] }
  const filed: FilesStage = { ...archived, package: held, packageJson }
  run.files(filed)
  if (!packageJson.ok || !isObject(packageJson.value)) return run.rest({ package: held })
  const json = packageJson.value
  const read: JsonStage = { ...filed, json, place: packageJson.place }
  if (!run.json(read)) return run.rest({ package: held, json })
  // MAN-02 found no error: the value fits the schema.
  const manifest = json as unknown as Manifest
  run.manifest({ ...read, manifest, waivable: waivableIds(rules) })
  return run.rest({ package: held, json, manifest })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function skipReason({ stage }: Rule, runnable: boolean): SkipReason {
  if (stage === 'outside') return 'no data'
  return stage === 'trial' && runnable ? 'not run' : 'not reached'
}

/** Collects what the rules of each stage say. A stage answers whether it went without an error. */
class StageRun {
  readonly #rules: readonly Rule[]
  readonly #findings: Finding[] = []
  readonly #executions: Execution[] = []

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  archive(context: ArchiveStage): boolean {
    return this.#stage((rule) => (rule.stage === 'archive' ? runRule(rule, () => rule.check(context)) : undefined))
  }

  files(context: FilesStage): boolean {
    return this.#stage((rule) => (rule.stage === 'files' ? runRule(rule, () => rule.check(context)) : undefined))
  }

  json(context: JsonStage): boolean {
    return this.#stage((rule) => (rule.stage === 'json' ? runRule(rule, () => rule.check(context)) : undefined))
  }

  manifest(context: ManifestStage): boolean {
    return this.#stage((rule) => (rule.stage === 'manifest' ? runRule(rule, () => rule.check(context)) : undefined))
  }

  /** Ends the run: rules that were not reached are skipped, and said to be. */
  rest(sound: Omit<Inspection, keyof RuleRun>): Inspection {
    const reached = new Set(this.#executions.map((execution) => execution.rule))
    const runnable = sound.manifest !== undefined && !hasError(this.#findings)
    this.#stage((rule) => (reached.has(rule.id) ? undefined : skipRule(rule, skipReason(rule, runnable))))
    const order = this.#rules.map((rule) => rule.id)
    const executions = this.#executions.sort((a, b) => order.indexOf(a.rule) - order.indexOf(b.rule))
    return { findings: this.#findings, executions, ...sound }
  }

  #stage(run: (rule: Rule) => RuleRun | undefined): boolean {
    let clean = true
    for (const rule of this.#rules) {
      const result = run(rule)
      if (!result) continue
      this.#findings.push(...result.findings)
      this.#executions.push(...result.executions)
      if (hasError(result.findings)) clean = false
    }
    return clean
  }
}
