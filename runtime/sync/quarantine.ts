import type { Json, JsonObject } from '@annex/sdk/json'
import { collection, type Draft, type Stored, type Transaction } from '../storage/port.ts'
import { documentId } from './document-id.ts'

/** Where a record fell out: the source's schema, the field mapping, a transformation, or the write to the target. */
export type QuarantineStage = 'SCHEMA' | 'MAPPING' | 'TRANSFORM' | 'WRITE'

/** A record that could not go through, kept whole so that nothing is lost. */
export interface QuarantineRow extends Stored {
  organizationId: string
  integrationId: string
  stream: string
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
  runId: string
  at: string
}

/** Writes `rejected`, counting up rows that are there, and resolves the rows of what `passed`. */
export async function quarantine(
  tx: Transaction,
  place: QuarantinePlace,
  rejected: readonly Rejected[],
  passed: readonly string[] = [],
): Promise<void> {
  const rows = tx.forOrganization(place.organizationId)(syncQuarantine)
  const idOf = (externalId: string): string => documentId('qrt', place.integrationId, place.stream, externalId)
  const known = new Map<string, QuarantineRow>()
  for (const ids of slices([...rejected.map(({ externalId }) => externalId), ...passed].map(idOf))) {
    for (const row of await rows.getMany(ids)) known.set(row._id, row)
  }
  for (const one of rejected) {
    const id = idOf(one.externalId)
    await rows.put(rowOf(id, place, one, known.get(id)))
  }
  for (const externalId of passed) {
    const id = idOf(externalId)
    if (known.get(id)?.state === 'OPEN') await rows.patch(id, { set: { state: 'RESOLVED', lastSeenAt: place.at } })
  }
}

function rowOf(
  id: string,
  { organizationId: _, ...place }: QuarantinePlace,
  { externalId, raw, stage, code, message }: Rejected,
  before: QuarantineRow | undefined,
): Draft<QuarantineRow> {
  const text = JSON.stringify(raw)
  return {
    _id: id,
    integrationId: place.integrationId,
    stream: place.stream,
    externalId,
    raw: text.slice(0, MAX_RAW_CHARACTERS).toWellFormed(),
    cut: text.length > MAX_RAW_CHARACTERS,
    stage,
    code: code.slice(0, 64).toWellFormed(),
    message: message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    attempts: (before?.attempts ?? 0) + 1,
    firstSeenAt: before?.firstSeenAt ?? place.at,
    lastSeenAt: place.at,
    runId: place.runId,
    state: 'OPEN',
  }
}

function slices(ids: readonly string[]): string[][] {
  const unique = [...new Set(ids)]
  return Array.from({ length: Math.ceil(unique.length / 1000) }, (_, i) => unique.slice(i * 1000, (i + 1) * 1000))
}

export type QuarantineView = Omit<QuarantineRow, '_id' | 'rev' | 'raw' | 'organizationId'> & { id: string; raw: Json }

export function quarantineView({ _id, rev: _, organizationId: __, raw, ...rest }: QuarantineRow): QuarantineView {
  return { id: _id, ...rest, raw: rest.cut ? raw : JSON.parse(raw) }
}
