import type { Json, JsonObject } from '@annex/sdk/json'
import { isOurFault, type SchemaError, type SchemaVerdict } from '../connectors/schema-validator.ts'
import { fingerprint } from './canonical-json.ts'
import { mapFields } from './field-mapping.ts'
import { type BatchOutcome, isolate } from './isolate.ts'
import { DUPLICATE_ID, type Rejected } from './quarantine.ts'
import type { RejectList } from './reject-list.ts'
import { createRecordSizer, type PipeRow } from './size-records.ts'
import { externalIdOf } from './stream-page.ts'
import { SyncFailure } from './sync-failure.ts'
import { type BoundStream, type SyncSession, tell } from './sync-session.ts'
import { transformRecords } from './transform-records.ts'

/** A record that is ready for its target. */
export interface PreparedRow extends PipeRow {
  /** Fingerprint of `record`. */
  hash: string
}

export interface Prepared {
  rows: PreparedRow[]
  /** External ids of what a transformation left out. */
  dropped: string[]
}

/** Names the source's records and holds them against the stream's schema. */
export async function acceptRecords(
  session: SyncSession,
  { description }: BoundStream,
  records: readonly JsonObject[],
  rejects: RejectList,
): Promise<PipeRow[]> {
  const rows: PipeRow[] = []
  const seen = new Set<string>()
  for (const raw of records) {
    const externalId = externalIdOf(raw, description.primaryKey)
    if (externalId === undefined) {
      rejects.add(nameless(raw, description.primaryKey))
      continue
    }
    if (seen.has(externalId)) {
      rejects.add(copyOf(raw, externalId))
      continue
    }
    seen.add(externalId)
    rows.push({ externalId, raw, record: raw })
  }
  return checkSchema(session, description.schema, rows, rejects)
}

/** How many records share the time that one check may take. */
const CHECK_FRAME = 250

/** A record on which the author's schema runs for ever, or kills the checker, is found by halving and quarantined. */
async function checkSchema(
  { deps: { validator } }: SyncSession,
  schema: JsonObject,
  rows: readonly PipeRow[],
  rejects: RejectList,
): Promise<PipeRow[]> {
  const sound: PipeRow[] = []
  const reject = ({ externalId, raw }: PipeRow, code: string, message: string): void =>
    rejects.add({ externalId, raw, stage: 'SCHEMA', code, message })

  async function check(batch: readonly PipeRow[]): Promise<BatchOutcome<SchemaVerdict, string>> {
    try {
      return {
        ok: true,
        outputs: await validator.validateMany(
          schema,
          batch.map(({ raw }) => raw),
        ),
      }
    } catch (error) {
      if (isOurFault(error)) throw new SyncFailure('UNAVAILABLE', 'schemas cannot be checked now', { retryable: true })
      const [only] = batch
      const failure = error instanceof Error ? error.message : 'the check failed'
      if (only && batch.length === 1) reject(only, 'SCHEMA_CHECK_FAILED', failure)
      return { ok: false, failure }
    }
  }

  for (let start = 0; start < rows.length; start += CHECK_FRAME) {
    for (const one of await isolate(rows.slice(start, start + CHECK_FRAME), check)) {
      if ('died' in one) continue
      if (one.output.ok) sound.push(one.input)
      else reject(one.input, 'SCHEMA_MISMATCH', told(one.output.errors))
    }
  }
  return sound
}

function told(errors: readonly SchemaError[]): string {
  return errors.map(({ path, message }) => `${path || 'the record'} ${message}`).join('; ')
}

/** Which of two records with one id is the newer, the engine cannot know: the first is taken, the other one kept. */
function copyOf(raw: JsonObject, externalId: string): Rejected {
  const message = 'a record before it in the same page has the same id'
  return { externalId, raw, stage: 'SCHEMA', code: DUPLICATE_ID, message }
}

function nameless(raw: JsonObject, primaryKey: readonly string[]): Rejected {
  const message = `the record has no usable primary key (${primaryKey.join(', ')})`
  return { externalId: `?${fingerprint(raw)}`, raw, stage: 'SCHEMA', code: 'PRIMARY_KEY_MISSING', message }
}

/** Mapping, then the transformations by their order. What falls out on the way is in `rejects`. */
export async function prepareRecords(
  session: SyncSession,
  { binding }: BoundStream,
  accepted: readonly PipeRow[],
  rejects: RejectList,
): Promise<Prepared> {
  const dropped: string[] = []
  const sized = createRecordSizer('MAPPING', rejects)
  let rows = accepted.flatMap((row) => mapped(binding.fieldMappings, row, rejects).flatMap(sized))
  const steps = [...(binding.transformations ?? [])].sort((a, b) => a.order - b.order)
  for (const { installation } of steps) {
    rows = await transformRecords(session, installation, rows, rejects, ({ externalId }, reason) => {
      dropped.push(externalId)
      tell(session, { level: 'INFO', message: `left out ${externalId}: ${reason}` })
    })
  }
  const wellFormed = rows.filter((row) => {
    if (!isIllFormed(row.record)) return true
    rejects.add({ ...row, stage: 'MAPPING', code: 'ILL_FORMED_TEXT', message: 'a text is not well-formed Unicode' })
    return false
  })
  return { rows: wellFormed.map((row) => ({ ...row, hash: fingerprint(row.record) })), dropped }
}

function mapped(mappings: BoundStream['binding']['fieldMappings'], row: PipeRow, rejects: RejectList): PipeRow[] {
  const result = mapFields(mappings, row.record)
  if (result.ok) return [{ ...row, record: result.record }]
  const { code, message } = result
  rejects.add({ externalId: row.externalId, raw: row.raw, stage: 'MAPPING', code, message })
  return []
}

/** Half of a surrogate pair: neither engine can keep it. */
function isIllFormed(value: Json | undefined): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => !key.isWellFormed() || isIllFormed(inner))
}
