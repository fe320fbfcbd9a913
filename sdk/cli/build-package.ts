import { createHash } from 'node:crypto'
import type { Finding } from '@annex/package/finding'
import { MANIFEST_FILE } from '@annex/package/manifest-file'
import { type PackProblem, packExtension, readManifest } from '@annex/package/pack'
import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import { readCapabilities } from '@annex/sdk/manifest/normalize-manifest'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { platformOf } from './platform-of.ts'
import { refuseEveryCall } from './run-parts.ts'
import { placeOf } from './show-findings.ts'
import { createSourcePlaces, type SourcePlaces } from './source-places.ts'
import { writeEnvironment } from './write-environment.ts'

export interface BuiltPackage {
  manifest: Manifest
  /** The entry script. */
  source: string
  bytes: Uint8Array
  /** SHA-256 (hex) of the bytes. */
  digest: string
  files: { path: string; size: number }[]
  /** Where the code stands in the author's files. */
  places: SourcePlaces
  /** Dotted paths of what can be called: `actions.greet.run`. */
  handlers: string[]
  /** Warnings of the bundler. */
  warnings: Finding[]
}

export type Build = { ok: true; built: BuiltPackage } | { ok: false; findings: Finding[] }

/** Bundles, describes in the sandbox and packs a project, in memory; refreshes the generated files beside it. */
export async function buildPackage(folder: string, sandbox: Sandbox): Promise<Build> {
  const read = await readManifest(folder)
  if (!read.ok) return { ok: false, findings: read.problems.map((problem) => asFinding(problem, 'error')) }
  await writeEnvironment(folder, read.manifest.annex)
  let loaded: Loaded | undefined
  const packed = await packExtension(folder, {
    describe: async (code) => {
      loaded = await load(sandbox, code)
      return loaded.description
    },
  })
  if (!packed.ok) return { ok: false, findings: packed.problems.map((problem) => asFinding(problem, 'error')) }
  if (!loaded) throw new TypeError('a package was made without a look at its definition')
  const { bytes, digest, files } = packed
  const warnings = packed.warnings.map((warning) => asFinding(warning, 'warning'))
  return { ok: true, built: { manifest: read.manifest, ...loaded, bytes, digest, files, warnings } }
}

/** The same, for commands that cannot go on without a package. */
export async function buildOrThrow(folder: string, sandbox: Sandbox): Promise<BuiltPackage> {
  const build = await buildPackage(folder, sandbox)
  if (build.ok) return soundOrThrow(build.built)
  throw buildProblem(folder, build.findings)
}

/** Of a manifest with two meanings nothing can be granted, so nothing can be run. */
function soundOrThrow(built: BuiltPackage): BuiltPackage {
  const [first] = readCapabilities(built.manifest).problems
  if (!first) return built
  throw new CliError(EXIT.failed, 'MANIFEST_UNSOUND', `The manifest cannot be used: ${first.message}`, {
    where: `${MANIFEST_FILE} at ${first.pointer}`,
    fix: 'annex check tells the line and how to mend it',
  })
}

export function buildProblem(folder: string, findings: readonly Finding[]): CliError {
  const [first] = findings
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more: see annex check)` : ''
  return new CliError(EXIT.failed, 'BUILD_FAILED', `The package cannot be made: ${first?.message}${more}`, {
    where: first?.file ? placeOf(first) : folder,
    fix: first?.fix ?? 'See: annex check',
    details: findings,
  })
}

interface Loaded {
  source: string
  places: SourcePlaces
  handlers: string[]
  description: JsonObject
}

/** What the definition says of itself. Evaluated with no grant at all: loading code must not need any. */
async function load(
  sandbox: Sandbox,
  code: { source: string; sourceMap: string; manifest: Manifest },
): Promise<Loaded> {
  const { name, version, annex } = code.manifest
  const places = createSourcePlaces({ entry: annex.entry, source: code.source, sourceMap: code.sourceMap })
  const run = sandbox.start({
    organizationId: 'org_local',
    installationId: 'ins_describe',
    extension: name,
    version,
    digest: createHash('sha256').update(code.source).digest('hex'),
    platform: platformOf(code.manifest),
    source: async () => code.source,
    handler: ['$describe'],
    args: [],
    config: {},
    dispatch: refuseEveryCall,
  })
  const step = await run.step()
  await run.close()
  if (step.ok) {
    const description = step.value as JsonObject
    const handlers = Array.isArray(description.handlers) ? description.handlers.map(String) : []
    return { source: code.source, places, handlers, description }
  }
  const { message, stack } = step.failure
  throw new CliError(EXIT.failed, 'LOAD_FAILED', `The extension cannot be loaded: ${places.inText(message)}`, {
    where: stack ? firstPlace(places.inText(stack)) : (annex.source ?? 'src/index.ts'),
    fix: 'Code outside the handlers runs when the extension is loaded: keep it short, and call nothing there',
    details: step.failure,
  })
}

/** `src/index.ts:3:7` of the first frame. */
function firstPlace(stack: string): string {
  return /([^\s()]+:\d+:\d+)\)?$/m.exec(stack)?.[1] ?? stack.trim()
}

function asFinding({ message, fix, ...place }: PackProblem, severity: 'error' | 'warning'): Finding {
  return { rule: 'BUILD', severity, message, fix, docs: 'build', ...place }
}
