import type { WriteOperation, WriteResult } from '@annex/sdk/connector'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { RunFailure } from '../sandbox/run.ts'
import { fingerprint } from './canonical-json.ts'
import { type BatchOutcome, isolate } from './isolate.ts'
import type { SyncLink } from './link.ts'
import type { PreparedRow } from './prepare-records.ts'
import type { RejectList } from './reject-list.ts'
import { failureOfRun, SyncFailure } from './sync-failure.ts'
import { type BoundStream, connectorCall, keepLines, type SyncSession } from './sync-session.ts'

export interface Sent {
  taken: { row: PreparedRow; remoteId?: string }[]
  /** Whether the record needs no further try: it was taken now or before. */
  settled(externalId: string): boolean
  /** Set when the other side asked for another try of some rows. */
  again?: SyncFailure
}

type Failure = { code: string; message: string }

const MAX_REMOTE_ID = 512

/** Hands the rows to the connector's `write`. What it refuses for good is in `rejects`. */
export async function sendRows(
  session: SyncSession,
  stream: BoundStream,
  rows: readonly PreparedRow[],
  links: ReadonlyMap<string, SyncLink>,
  rejects: RejectList,
): Promise<Sent> {
  const taken: Sent['taken'] = []
  const open = new Set<string>()
  let again: SyncFailure | undefined
  const call = (batch: readonly PreparedRow[]): Promise<BatchOutcome<WriteResult, Failure>> =>
    callWrite(session, stream, batch, links)
  const reject = (row: PreparedRow, { code, message }: Failure): void => {
    open.add(row.externalId)
    rejects.add({ externalId: row.externalId, raw: row.raw, stage: 'WRITE', code, message })
  }
  for (const one of await isolate(rows, call)) {
    if ('died' in one) reject(one.input, one.died)
    else if (one.output.ok) taken.push({ row: one.input, ...remoteIdOf(one.output.remoteId) })
    else if (one.output.error.retryable) {
      open.add(one.input.externalId)
      again = new SyncFailure(one.output.error.code, one.output.error.message, { retryable: true })
    } else reject(one.input, one.output.error)
  }
  return { taken, settled: (id) => !open.has(id), ...(again ? { again } : {}) }
}

function remoteIdOf(remoteId: string | undefined): { remoteId?: string } {
  return remoteId === undefined ? {} : { remoteId }
}

/** Throws `SyncFailure` when the trouble is not in the rows: they are then sent again under the same ids. */
async function callWrite(
  session: SyncSession,
  stream: BoundStream,
  batch: readonly PreparedRow[],
  links: ReadonlyMap<string, SyncLink>,
): Promise<BatchOutcome<WriteResult, Failure>> {
  const operations = batch.map((row) => operationOf(session, stream, row, links.get(row.externalId)))
  const handler = ['streams', stream.name, 'write']
  const outcome = await session.deps.invocations.invoke(connectorCall(session, { handler, args: [operations] }))
  session.signal.throwIfAborted()
  keepLines(session, outcome.logs)
  if (outcome.ok) return { ok: true, outputs: readResults(outcome.value, batch.length, stream.name) }
  if (isInTheRows(outcome.failure)) return { ok: false, failure: outcome.failure }
  throw failureOfRun(outcome.failure)
}

/** The id follows from what is sent: a second try of the same content has it too, other content has another. */
function operationOf(
  { integration }: SyncSession,
  { name }: BoundStream,
  { externalId, record, hash }: PreparedRow,
  link: SyncLink | undefined,
): WriteOperation & JsonObject {
  return {
    operationId: fingerprint(integration._id, name, externalId, hash),
    op: 'upsert',
    localId: externalId,
    ...remoteIdOf(link?.remoteId),
    record,
  }
}

function isInTheRows({ class: end, code, retryable }: RunFailure): boolean {
  if (end === 'USER_ERROR') return code === 'USER_ERROR' || (code === 'INVALID_ARGUMENT' && !retryable)
  return end === 'CPU' || end === 'MEMORY'
}

/** Without one sound result per operation nobody knows what was taken: guessing could lose or double a record. */
function readResults(value: Json, length: number, stream: string): WriteResult[] {
  const results = Array.isArray(value) ? value.map(readResult) : []
  const known = results.filter((one) => one !== undefined)
  if (known.length === length && results.length === length) return known
  throw new SyncFailure('DATA_TRANSFORMATION_ERROR', `write of ${stream} did not answer one result per operation`)
}

function readResult(value: Json): WriteResult | undefined {
  if (!isObject(value)) return undefined
  const { ok, remoteId, error } = value
  if (ok === true) {
    if (remoteId === undefined || remoteId === null) return { ok }
    const sound = typeof remoteId === 'string' && remoteId.length <= MAX_REMOTE_ID && remoteId.isWellFormed()
    return sound ? { ok, remoteId } : undefined
  }
  if (ok !== false || !isObject(error)) return undefined
  const { code, message, retryable } = error
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return { ok, error: { code, message, retryable: retryable === true } }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
