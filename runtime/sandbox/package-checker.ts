import { hash } from 'node:crypto'
import type { CheckOptions, Report } from '@annex/package/check-package'
import { PackageDifference } from '@annex/package/difference/package-difference'
import type { ExtractedTrial } from '@annex/package/extract-trial'
import { PackageFixtures } from '@annex/package/fixtures/package-fixtures'
import type { ImageType } from '@annex/package/rules/image-facts'
import type { SourcePlace } from '@annex/package/trace-place'
import type { Json, JsonObject } from '@annex/sdk/json'
import { Value } from '@sinclair/typebox/value'
import type { PackageCode } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { createCage } from './cage.ts'
import { CheckProcess, type CheckResult } from './check-process.ts'
import { prepareChildFolder } from './child-folder.ts'
import { CHECK_LIMITS } from './limits.ts'
import type { StackMapperDeps } from './stack-mapper.ts'

export type SchemaVerdict = { ok: true } | { ok: false; errors: { path: string; message: string }[] }

/**
 * Reads packages and author's schemas in caged processes: one for uploads, one for schemas, one for the code of
 * approved packages, one for their source maps, one for
 * their pages and pictures, so that a slow upload holds up nothing that is installed. Nothing here parses a byte of a package in the service.
 */
export interface PackageChecker {
  check(bytes: Uint8Array, options: CheckOptions): Promise<CheckResult<Report>>
  extract(bytes: Uint8Array): Promise<CheckResult<PackageCode>>
  /** The code and the fixtures of a package that passed `check` and that nobody has looked at yet. */
  extractTrial(bytes: Uint8Array): Promise<CheckResult<ExtractedTrial>>
  /** What is other in the later of two packages that passed `check`. */
  difference(before: Uint8Array, after: Uint8Array): Promise<CheckResult<PackageDifference>>
  /** Rejects when the schema is none, or takes too long. */
  validate(schema: JsonObject, value: Json): Promise<SchemaVerdict>
  /** One verdict per value, in order. */
  validateMany(schema: JsonObject, values: readonly Json[]): Promise<SchemaVerdict[]>
  /** Where in the author's files places of an entry script come from. */
  trace: StackMapperDeps['trace']
  /** Markdown as safe HTML; what it names of the package is looked for below `files`, an address that ends with a slash. */
  render(markdown: string, files: string): Promise<CheckResult<{ html: string }>>
  /** A picture of a package; `null` when it has no such file, or one that is no picture. */
  picture(bytes: Uint8Array, path: string): Promise<CheckResult<Picture | null>>
  close(): Promise<void>
}

export interface Picture {
  type: ImageType
  base64: string
}

/** Slots whose users no guest child has. */
const FIRST_CHECK_SLOT = 900

export class SchemaCheckFailed extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface PackageCheckerDeps {
  log: Log
  /** What a schema may compute, in milliseconds; `CHECK_LIMITS.validateMs` if absent. */
  validateMs?: number
}

export async function createPackageChecker({
  log,
  validateMs = CHECK_LIMITS.validateMs,
}: PackageCheckerDeps): Promise<PackageChecker> {
  const cage = createCage({ dataBytes: CHECK_LIMITS.dataBytes })
  const folder = await prepareChildFolder()
  const archives = new CheckProcess(cage, folder, FIRST_CHECK_SLOT, log)
  const schemas = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 1, log)
  const code = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 2, log)
  const maps = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 3, log)
  const comparisons = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 5, log)
  const pages = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 5, log)
  return {
    check: (bytes, options) => archives.ask<Report>({ t: 'check', options }, bytes, CHECK_LIMITS.checkMs),
    extract: (bytes) => code.ask<PackageCode>({ t: 'extract' }, bytes, CHECK_LIMITS.extractMs),
    extractTrial,
    difference,
    validate: async (schema, value) => (await validateMany(schema, [value]))[0] as SchemaVerdict,
    validateMany,
    trace,
    render,
    picture: (bytes, path) => pages.ask<Picture | null>({ t: 'picture', path }, bytes, CHECK_LIMITS.extractMs),
    async close() {
      await Promise.all([archives, schemas, code, maps, pages].map((process) => process.close()))
      cage.close()
    },
  }

  async function extractTrial(bytes: Uint8Array): Promise<CheckResult<ExtractedTrial>> {
    const result = await archives.ask<ExtractedTrial>({ t: 'trial' }, bytes, CHECK_LIMITS.extractMs)
    if (!result.ok || Value.Check(PackageFixtures, result.value)) return result
    return { ok: false, code: 'CHECK_FAILED', message: 'The check answered something else' }
  }

  async function difference(before: Uint8Array, after: Uint8Array): Promise<CheckResult<PackageDifference>> {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(before.byteLength)
    const body = Buffer.concat([length, before, after])
    const result = await comparisons.ask<PackageDifference>({ t: 'difference' }, body, CHECK_LIMITS.compareMs)
    if (!result.ok || Value.Check(PackageDifference, result.value)) return result
    return { ok: false, code: 'CHECK_FAILED', message: 'The check answered something else' }
  }

  async function validateMany(schema: JsonObject, values: readonly Json[]): Promise<SchemaVerdict[]> {
    const body = JSON.stringify({ schema, values })
    // Its schema is its place in turn: one that takes long holds up those that come with it, and nobody else.
    const owner = hash('sha256', JSON.stringify(schema))
    const result = await schemas.ask<SchemaVerdict[]>({ t: 'validate' }, body, validateMs, owner)
    if (!result.ok) throw new SchemaCheckFailed(result.code, result.message)
    if (result.value.length !== values.length) throw new SchemaCheckFailed('CHECK_CRASHED', 'The check lost verdicts')
    return result.value
  }

  async function render(markdown: string, files: string): Promise<CheckResult<{ html: string }>> {
    const result = await pages.ask<{ html: string }>(
      { t: 'render' },
      JSON.stringify({ markdown, files }),
      CHECK_LIMITS.validateMs,
    )
    if (!result.ok || typeof result.value.html === 'string') return result
    return { ok: false, code: 'CHECK_FAILED', message: 'The check answered something else' }
  }

  async function trace(...[code, places]: Parameters<PackageChecker['trace']>): ReturnType<PackageChecker['trace']> {
    const body = JSON.stringify({ ...code, places })
    const result = await maps.ask<(SourcePlace | null)[]>({ t: 'trace' }, body, CHECK_LIMITS.traceMs)
    if (!result.ok || (result.value.length === places.length && result.value.every(isPlace))) return result
    return { ok: false, code: 'CHECK_FAILED', message: 'The check answered something else' }
  }
}

function isPlace(value: unknown): boolean {
  if (value === null) return true
  const { source, line, column } = value as Partial<SourcePlace>
  return typeof source === 'string' && Number.isSafeInteger(line) && Number.isSafeInteger(column)
}
