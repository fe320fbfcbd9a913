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
  /** Why some rows are still to be sent: thrown by the caller, once what was taken is stored. */
  failure?: unknown
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
  const waiting = new Set(rows.map(({ externalId }) => externalId))
  let failure: unknown
  const reject = (row: PreparedRow, { code, message }: Failure): void => {
    open.add(row.externalId)
    waiting.delete(row.externalId)
    rejects.add({ externalId: row.externalId, raw: row.raw, stage: 'WRITE', code, message })
  }
  const settle = (row: PreparedRow, result: WriteResult): void => {
    if (result.ok) {
      waiting.delete(row.externalId)
      taken.push({ row, ...remoteIdOf(result.remoteId) })
    } else if (result.error.retryable) {
      failure = new SyncFailure(result.error.code, result.error.message, { retryable: true })
    } else reject(row, result.error)
  }
  /** At once and not at the end: what the other side took must not be forgotten because a later batch fails. */
  const call = async (batch: readonly PreparedRow[]): Promise<BatchOutcome<WriteResult, Failure>> => {
    const outcome = await callWrite(session, stream, batch, links)
    const results = outcome.ok ? outcome.outputs : []
    const pairs = results.map((result, i) => [batch[i] as PreparedRow, result] as const)
    for (const [row, result] of pairs) if (result.ok) settle(row, result)
    for (const [row, result] of pairs) if (!result.ok) settle(row, result)
    return outcome
  }
  try {
    for (const one of await isolate(rows, call)) if ('died' in one) reject(one.input, one.died)
  } catch (error) {
    failure = error
  }
  const settled = (id: string) => !open.has(id) && !waiting.has(id)
  return { taken, settled, ...(failure === undefined ? {} : { failure }) }
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

/**
 * The id follows from what is sent and from what was taken before it, which the link's revision counts: a second try has
 * the same id. Content that comes back after another one was taken has a new id, or the other side would take it for a
 * repetition and drop it.
 */
function operationOf(
  { integration }: SyncSession,
  { name }: BoundStream,
  { externalId, record, hash }: PreparedRow,
  link: SyncLink | undefined,
): WriteOperation & JsonObject {
  return {
    operationId: fingerprint(integration._id, name, externalId, hash, link?.rev ?? 0),
    op: 'upsert',
    localId: externalId,
    ...remoteIdOf(link?.remoteId),
    record,
  }
}

/** What an extension throws by itself has any code; these mean that no row could have gone through. */
const NOT_OF_A_ROW = ['NOT_FOUND', 'AUTHENTICATION_FAILED', 'EXTENSION_LOAD_FAILED']

function isInTheRows({ class: end, code, retryable }: RunFailure): boolean {
  if (end === 'USER_ERROR') return !NOT_OF_A_ROW.includes(code) && !retryable
  return end === 'CPU' || end === 'MEMORY' || end === 'QUOTA'
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
