import type { JsonObject } from '@annex/sdk/json'
import { collection, type Documents, type Draft, type Handles, type Stored, type Transaction } from '../storage/port.ts'
import { documentId } from './document-id.ts'
import type { SecretRedactor } from './secret-redactor.ts'

/** Where a record fell out: the source's schema, the field mapping, a transformation, or the write to the target. */
export type QuarantineStage = 'SCHEMA' | 'MAPPING' | 'TRANSFORM' | 'WRITE'

/** A record that could not go through, kept whole so that nothing is lost. */
export interface QuarantineRow extends Stored {
  organizationId: string
  integrationId: string
  stream: string
  /** What the stream was bound to. */
  resource?: string
  externalId: string
  /** JSON text of the record as it came, or of its beginning. */
  raw: string
  /** Whether `raw` is only the beginning. */
  cut: boolean
  stage: QuarantineStage
  code: string
  message: string
  /** How often it has come and fallen out. */
  attempts: number
  firstSeenAt: string
  lastSeenAt: string
  runId: string
  /** RESOLVED: a later version of the record went through. */
  state: 'OPEN' | 'RESOLVED'
}

export const syncQuarantine = collection<QuarantineRow>({
  name: 'syncQuarantine',
  scope: 'organization',
  indexes: {
    seen: { fields: ['integrationId', 'firstSeenAt'] },
    state: { fields: ['integrationId', 'state', 'firstSeenAt'] },
  },
})

/** A record on its way into quarantine. */
export interface Rejected {
  externalId: string
  raw: JsonObject
  stage: QuarantineStage
  code: string
  message: string
}

/** A quarantined record is shown to people, not run again from here: a longer one is cut. */
const MAX_RAW_CHARACTERS = 64 * 1024
const MAX_MESSAGE_CHARACTERS = 1024

export interface QuarantinePlace {
  organizationId: string
  integrationId: string
  stream: string
  /** What the stream is bound to; absent when it is no longer bound. */
  resource?: string
  runId: string
  at: string
  redactor: SecretRedactor
}

/** The code of a record whose id stands in its page before it. */
export const DUPLICATE_ID = 'DUPLICATE_ID'

/**
 * Writes `rejected`, counting up rows that are there, and resolves the rows of what `passed`. A record of which a copy
 * fell out in the same page stays open.
 */
export async function quarantine(
  tx: Transaction,
  place: QuarantinePlace,
  rejected: readonly Rejected[],
  passed: readonly string[] = [],
): Promise<void> {
  const rows = tx.forOrganization(place.organizationId)(syncQuarantine)
  const falling = numbered(place, rejected)
  const known = await rowsOf(
    rows,
    falling.map(({ id }) => id),
  )
  for (const { id, one } of falling) await rows.put(rowOf(id, place, one, known.get(id)))
  const out = new Set(rejected.map(({ externalId }) => externalId))
  await resolve(
    rows,
    place,
    passed.filter((externalId) => !out.has(externalId)),
  )
}

/** A row's id follows from its record's. Copies of one id in one page are counted: `copy` is 1 for most. */
function rowId({ integrationId, stream }: QuarantinePlace, externalId: string, copy: number): string {
  const parts = [integrationId, stream, externalId]
  return copy === 1 ? documentId('qrt', ...parts) : documentId('qrt', ...parts, copy)
}

/** What fell out as a copy comes after what fell out by itself. */
function numbered(place: QuarantinePlace, rejected: readonly Rejected[]): { id: string; one: Rejected }[] {
  const copies = new Map<string, number>()
  return [...rejected]
    .sort((a, b) => Number(a.code === DUPLICATE_ID) - Number(b.code === DUPLICATE_ID))
    .map((one) => {
      const copy = (copies.get(one.externalId) ?? 0) + 1
      copies.set(one.externalId, copy)
      return { id: rowId(place, one.externalId, copy), one }
    })
}

/** Copies are looked for only behind a row that was open: most records have no row at all, and most streams no open one. */
async function resolve(
  rows: Documents<QuarantineRow>,
  place: QuarantinePlace,
  passed: readonly string[],
): Promise<void> {
  const open = await rows.find({ where: { integrationId: place.integrationId, state: 'OPEN' }, limit: 1 })
  let left = open.data.length === 0 ? [] : passed
  for (let copy = 1; left.length > 0; copy++) {
    const known = await rowsOf(
      rows,
      left.map((externalId) => rowId(place, externalId, copy)),
    )
    left = left.filter((externalId) => known.get(rowId(place, externalId, copy))?.state === 'OPEN')
    for (const externalId of left) {
      await rows.patch(rowId(place, externalId, copy), { set: { state: 'RESOLVED', lastSeenAt: place.at } })
    }
  }
}

async function rowsOf(rows: Documents<QuarantineRow>, ids: readonly string[]): Promise<Map<string, QuarantineRow>> {
  const known = new Map<string, QuarantineRow>()
  for (const slice of slices(ids)) for (const row of await rows.getMany(slice)) known.set(row._id, row)
  return known
}

function rowOf(
  id: string,
  { integrationId, stream, resource, runId, at, redactor }: QuarantinePlace,
  { externalId, raw, stage, code, message }: Rejected,
  before: QuarantineRow | undefined,
): Draft<QuarantineRow> {
  const text = JSON.stringify(redactor.json(raw))
  return {
    _id: id,
    integrationId,
    stream,
    ...(resource === undefined ? {} : { resource }),
    externalId: redactor.text(externalId),
    raw: text.slice(0, MAX_RAW_CHARACTERS).toWellFormed(),
    cut: text.length > MAX_RAW_CHARACTERS,
    stage,
    code: code.slice(0, 64).toWellFormed(),
    message: redactor.text(message).slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    attempts: (before?.attempts ?? 0) + 1,
    firstSeenAt: before?.firstSeenAt ?? at,
    lastSeenAt: at,
    runId,
    state: 'OPEN',
  }
}

function slices(ids: readonly string[]): string[][] {
  const unique = [...new Set(ids)]
  return Array.from({ length: Math.ceil(unique.length / 1000) }, (_, i) => unique.slice(i * 1000, (i + 1) * 1000))
}

const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000

/** Forgets rows that were resolved and have not been met for 30 days: they hold records, and maybe people's data. */
export async function pruneQuarantine(
  handles: Handles,
  place: { organizationId: string; integrationId: string; now: number },
): Promise<void> {
  const before = { $lt: new Date(place.now - RETENTION_MS).toISOString() }
  const where = { integrationId: place.integrationId, state: 'RESOLVED', firstSeenAt: before, lastSeenAt: before }
  await handles.forOrganization(place.organizationId)(syncQuarantine).deleteWhere(where)
}
