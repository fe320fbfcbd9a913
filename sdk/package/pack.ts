import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '@annex/sdk/json'
import { Manifest } from '@annex/sdk/manifest'
import { Value } from '@sinclair/typebox/value'
import { bundle } from './bundle.ts'
import type { Library } from './bundled-libraries.ts'
import { readDescription } from './describe.ts'
import { explainValueError, FIX_VALUE } from './explain-value-error.ts'
import { PACKAGE_LIMITS as LIMITS } from './limits.ts'
import { DESCRIBE_FILE, MANIFEST_FILE } from './manifest-file.ts'
import { type PackProblem, packFiles } from './pack-files.ts'
import { sha256 } from './package-files.ts'
import { lineAt, parseStrictJson } from './strict-json.ts'
import { fitsArchive, writeArchive } from './write-archive.ts'

export type { PackProblem } from './pack-files.ts'

export interface PackOptions {
  /** Evaluates the bundle in a sandbox and answers what the definition says of itself: `annex.describe.json`. */
  describe(code: { source: string; sourceMap: string; manifest: Manifest }): Promise<JsonObject>
  /** The file that `@annex/sdk` stands for; the SDK beside this package unless given. */
  sdk?: string
}

export type Packed =
  | {
      ok: true
      bytes: Uint8Array
      /** SHA-256 (hex) of the bytes. */
      digest: string
      /** In the order of the archive. */
      files: { path: string; size: number }[]
      warnings: PackProblem[]
    }
  | { ok: false; problems: PackProblem[] }

const DEFAULT_SOURCE = 'src/index.ts'

/**
 * Makes the package of an extension's folder: bundles the source, asks for its description, and writes an archive that
 * is the same, byte for byte, for the same files. Writes nothing to the folder. Whether the package passes the rules is
 * for `checkPackage` to say.
 */
export async function packExtension(folder: string, options: PackOptions): Promise<Packed> {
  const read = await readManifest(folder)
  if (!read.ok) return read
  const { manifest } = read
  const { source = DEFAULT_SOURCE, entry, icon, screenshots = [] } = manifest.annex
  const bundled = await bundle(folder, { source, entry, ...(options.sdk === undefined ? {} : { sdk: options.sdk }) })
  if (!bundled.ok) return bundled
  const said = await options.describe({ source: bundled.source, sourceMap: bundled.sourceMap, manifest })
  const described = descriptionFile(said, bundled.libraries)
  const description = readDescription(described)
  if (!description.ok)
    return refuse(description.problems.map(({ message, pointer = '' }) => describeProblem(pointer, message)))
  const { files, problems } = await packFiles(folder, [...screenshots, ...(icon === undefined ? [] : [icon])])
  if (problems.length > 0) return refuse(problems)
  files.set(entry, Buffer.from(bundled.source))
  files.set(`${entry}.map`, Buffer.from(bundled.sourceMap))
  files.set(DESCRIBE_FILE, described)
  return write(files, bundled.warnings)
}

function descriptionFile(said: JsonObject, libraries: Library[]): Buffer {
  const whole = libraries.length === 0 ? said : { ...said, libraries }
  return Buffer.from(`${JSON.stringify(whole, undefined, 2)}\n`)
}

function refuse(problems: PackProblem[]): { ok: false; problems: PackProblem[] } {
  return { ok: false, problems }
}

function describeProblem(pointer: string, message: string): PackProblem {
  const fix = 'Correct the definition that the source exports: names, schemas, primary keys.'
  return { message: `the definition cannot be described: ${pointer} ${message}`, fix }
}

function write(files: ReadonlyMap<string, Uint8Array>, warnings: PackProblem[]): Packed {
  const tooLong = [...files.keys()].filter((path) => !fitsArchive(path))
  if (tooLong.length > 0)
    return refuse(tooLong.map((path) => ({ message: 'its path is too long', file: path, fix: 'Use shorter names.' })))
  const bytes = writeArchive(files)
  const listed = [...files]
    .map(([path, data]) => ({ path, size: data.length }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  return { ok: true, bytes, digest: sha256(bytes), files: listed, warnings }
}

/** package.json of an extension's folder, if it fits the schema so far that it can be packed. */
export async function readManifest(
  folder: string,
): Promise<{ ok: true; manifest: Manifest } | { ok: false; problems: PackProblem[] }> {
  let bytes: Buffer
  try {
    bytes = await readFile(join(folder, MANIFEST_FILE))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    return refuse([
      { message: `there is no ${MANIFEST_FILE}`, fix: 'Run `annex init`, or change to the folder of an extension.' },
    ])
  }
  const json = parseStrictJson(bytes, { bytes: LIMITS.manifest, depth: LIMITS.jsonDepth })
  if (!json.ok)
    return refuse(json.problems.map((problem) => ({ ...problem, file: MANIFEST_FILE, fix: 'Write plain JSON.' })))
  const value: unknown = json.value
  // Fields that the platform does not know are a warning of the check, no reason not to pack.
  const known = Value.Clean(Manifest, structuredClone(value))
  if (Value.Check(Manifest, known)) return { ok: true, manifest: value as Manifest }
  const problems = [...Value.Errors(Manifest, known)].slice(0, 10)
  return refuse(
    problems.map((error) => ({
      message: `${error.path}: ${explainValueError(error)}`,
      file: MANIFEST_FILE,
      line: lineAt(json.place, error.path),
      fix: FIX_VALUE,
    })),
  )
}
