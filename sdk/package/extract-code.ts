import type { JsonObject } from '@annex/sdk/json'
import { readDescription } from './describe.ts'
import { fileText } from './file-text.ts'
import { DESCRIBE_FILE } from './manifest-file.ts'
import { type ReadPackage, readPackage } from './read-package.ts'

/** The parts of a package that are needed to run it. */
export interface ExtractedCode {
  /** SHA-256 (hex) of the package. */
  digest: string
  /** The entry file: one classic script. */
  source: string
  /** Its source map, when the package carries one. */
  sourceMap?: string
  /** The parsed package.json. */
  manifest: JsonObject
  /** `annex.describe.json`. */
  describe: JsonObject
}

/** Takes the code out of a package that was checked before; throws for bytes that could never have passed. */
export function extractCode(bytes: Uint8Array): ExtractedCode {
  return codeOf(soundPackage(bytes))
}

/** Throws for bytes that could never have passed. */
export function soundPackage(bytes: Uint8Array): ReadPackage {
  const read = readPackage(bytes)
  if (!read.ok) throw new TypeError(`not a sound package: ${read.findings[0]?.rule} ${read.findings[0]?.message}`)
  return read.package
}

/** Throws when there is no entry, or no description. */
export function codeOf(held: ReadPackage): ExtractedCode {
  const entry = entryPath(held)
  const description = readDescription(held.files.get(DESCRIBE_FILE) ?? new Uint8Array())
  const source = textOf(held, entry)
  if (source === undefined || !description.ok) throw new TypeError('the package has no entry or no description')
  const code: ExtractedCode = {
    digest: held.digest,
    source,
    manifest: held.manifest,
    describe: description.description as unknown as JsonObject,
  }
  const sourceMap = textOf(held, `${entry}.map`)
  return sourceMap === undefined ? code : { ...code, sourceMap }
}

function entryPath({ manifest }: ReadPackage): string {
  const annex = manifest.annex
  const entry = typeof annex === 'object' && annex !== null && !Array.isArray(annex) ? annex.entry : undefined
  return typeof entry === 'string' ? entry : ''
}

function textOf({ files }: ReadPackage, path: string): string | undefined {
  const bytes = files.get(path)
  return bytes && fileText(bytes)
}
