import { createHash } from 'node:crypto'
import type { Finding } from '@annex/package/finding'
import { type PackProblem, packExtension, readManifest } from '@annex/package/pack'
import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { refuseEveryCall } from './run-parts.ts'
import { writeEnvironment } from './write-environment.ts'

export interface BuiltPackage {
  manifest: Manifest
  /** The entry script. */
  source: string
  bytes: Uint8Array
  /** SHA-256 (hex) of the bytes. */
  digest: string
  files: { path: string; size: number }[]
  /** Warnings of the bundler. */
  warnings: Finding[]
}

export type Build = { ok: true; built: BuiltPackage } | { ok: false; findings: Finding[] }

/** Bundles, describes in the sandbox and packs a project, in memory; refreshes the generated files beside it. */
export async function buildPackage(folder: string, sandbox: Sandbox): Promise<Build> {
  const read = await readManifest(folder)
  if (!read.ok) return { ok: false, findings: read.problems.map((problem) => asFinding(problem, 'error')) }
  await writeEnvironment(folder, read.manifest.annex)
  let source = ''
  const packed = await packExtension(folder, {
    describe: (code) => {
      source = code.source
      return describe(sandbox, code)
    },
  })
  if (!packed.ok) return { ok: false, findings: packed.problems.map((problem) => asFinding(problem, 'error')) }
  const { bytes, digest, files } = packed
  const warnings = packed.warnings.map((warning) => asFinding(warning, 'warning'))
  return { ok: true, built: { manifest: read.manifest, source, bytes, digest, files, warnings } }
}

/** The same, for commands that cannot go on without a package. */
export async function buildOrThrow(folder: string, sandbox: Sandbox): Promise<BuiltPackage> {
  const build = await buildPackage(folder, sandbox)
  if (build.ok) return build.built
  const [first] = build.findings
  const place = first?.file ? `${first.file}${first.line ? `:${first.line}` : ''}` : folder
  const more = build.findings.length > 1 ? ` (and ${build.findings.length - 1} more: see annex check)` : ''
  throw new CliError(EXIT.failed, 'BUILD_FAILED', `The package cannot be made: ${first?.message}${more}`, {
    where: place,
    fix: first?.fix ?? 'See: annex check',
    details: build.findings,
  })
}

/** What the definition says of itself. Evaluated with no grant at all: loading code must not need any. */
async function describe(sandbox: Sandbox, code: { source: string; manifest: Manifest }): Promise<JsonObject> {
  const run = sandbox.start({
    organizationId: 'org_local',
    installationId: 'ins_describe',
    extension: code.manifest.name,
    version: code.manifest.version,
    digest: createHash('sha256').update(code.source).digest('hex'),
    source: async () => code.source,
    handler: ['$describe'],
    args: [],
    config: {},
    dispatch: refuseEveryCall,
  })
  const step = await run.step()
  await run.close()
  if (step.ok) return step.value as JsonObject
  const { message, stack } = step.failure
  throw new CliError(EXIT.failed, 'LOAD_FAILED', `The extension cannot be loaded: ${message}`, {
    where: stack?.split('\n').find((line) => line.includes(':')) ?? code.manifest.annex.source ?? 'the entry script',
    fix: 'Code outside the handlers runs when the extension is loaded: keep it short, and call nothing there',
    details: step.failure,
  })
}

function asFinding({ message, fix, file, line }: PackProblem, severity: 'error' | 'warning'): Finding {
  return { rule: 'BUILD', severity, message, fix, docs: 'build', ...(file && { file }), ...(line && { line }) }
}
