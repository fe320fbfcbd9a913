import { hash } from 'node:crypto'
import type { CheckOptions, Report } from '@annex/package/check-package'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { PackageCode } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { createCage } from './cage.ts'
import { CheckProcess, type CheckResult } from './check-process.ts'
import type { SourcePlace } from './check-protocol.ts'
import { prepareChildFolder } from './child-folder.ts'
import { CHECK_LIMITS } from './limits.ts'
import type { StackMapperDeps } from './stack-mapper.ts'

export type SchemaVerdict = { ok: true } | { ok: false; errors: { path: string; message: string }[] }

/**
 * Reads packages and author's schemas in caged processes: one for uploads, one for schemas, one for the code of
 * approved packages, one for their source maps, so that a slow upload holds up nothing that is installed. Nothing here parses a byte of a package in the service.
 */
export interface PackageChecker {
  check(bytes: Uint8Array, options: CheckOptions): Promise<CheckResult<Report>>
  extract(bytes: Uint8Array): Promise<CheckResult<PackageCode>>
  /** Rejects when the schema is none, or takes too long. */
  validate(schema: JsonObject, value: Json): Promise<SchemaVerdict>
  /** One verdict per value, in order. */
  validateMany(schema: JsonObject, values: readonly Json[]): Promise<SchemaVerdict[]>
  /** Where in the author's files places of an entry script come from. */
  trace: StackMapperDeps['trace']
  close(): Promise<void>
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

export async function createPackageChecker({ log }: { log: Log }): Promise<PackageChecker> {
  const cage = createCage({ dataBytes: CHECK_LIMITS.dataBytes })
  const folder = await prepareChildFolder()
  const archives = new CheckProcess(cage, folder, FIRST_CHECK_SLOT, log)
  const schemas = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 1, log)
  const code = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 2, log)
  const maps = new CheckProcess(cage, folder, FIRST_CHECK_SLOT + 3, log)
  return {
    check: (bytes, options) => archives.ask<Report>({ t: 'check', options }, bytes, CHECK_LIMITS.checkMs),
    extract: (bytes) => code.ask<PackageCode>({ t: 'extract' }, bytes, CHECK_LIMITS.extractMs),
    validate: async (schema, value) => (await validateMany(schema, [value]))[0] as SchemaVerdict,
    validateMany,
    trace,
    async close() {
      await Promise.all([archives, schemas, code, maps].map((process) => process.close()))
      cage.close()
    },
  }

  async function validateMany(schema: JsonObject, values: readonly Json[]): Promise<SchemaVerdict[]> {
    const body = JSON.stringify({ schema, values })
    // Its schema is its place in turn: one that takes long holds up those that come with it, and nobody else.
    const owner = hash('sha256', JSON.stringify(schema))
    const result = await schemas.ask<SchemaVerdict[]>({ t: 'validate' }, body, CHECK_LIMITS.validateMs, owner)
    if (!result.ok) throw new SchemaCheckFailed(result.code, result.message)
    if (result.value.length !== values.length) throw new SchemaCheckFailed('CHECK_CRASHED', 'The check lost verdicts')
    return result.value
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
