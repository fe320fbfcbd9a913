import type { Json, JsonObject } from '@annex/sdk/json'
import type { TransformResult } from '@annex/sdk/transformation'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { RunFailure } from '../sandbox/run.ts'
import { type BatchOutcome, isolate } from './isolate.ts'
import { isDeeperThan } from './json-depth.ts'
import type { RejectList } from './reject-list.ts'
import { PAGE_LIMITS } from './stream-page.ts'
import { failureOfRun, SyncFailure } from './sync-failure.ts'
import { keepLines, type SyncSession } from './sync-session.ts'

/** A record on its way through the pipe. */
export interface PipeRow {
  externalId: string
  /** As it came. */
  raw: JsonObject
  /** As it is now. */
  record: JsonObject
}

/** What a call carries at most. */
const FRAME = 100
/** A crash may have been a neighbour's: once more before the frame is suspected. */
const CRASH_PAUSE_MS = 1_000

type Failure = { code: string; message: string }

/**
 * Sends the rows through one transformation extension, in frames. A frame that kills it is halved until the poison is
 * alone. Answers the rows that go on; rejected ones are in `rejects`, dropped ones are told to `onDrop`.
 */
export async function transformRecords(
  session: SyncSession,
  installation: string,
  rows: readonly PipeRow[],
  rejects: RejectList,
  onDrop: (row: PipeRow, reason: string) => void,
): Promise<PipeRow[]> {
  const kept: PipeRow[] = []
  const reject = ({ externalId, raw }: PipeRow, { code, message }: Failure): void =>
    rejects.add({ externalId, raw, stage: 'TRANSFORM', code, message })

  async function run(batch: readonly PipeRow[]): Promise<BatchOutcome<TransformResult, Failure>> {
    const outcome = await callTransform(session, installation, batch)
    const [only] = batch
    if (!outcome.ok && only && batch.length === 1) reject(only, outcome.failure)
    return outcome
  }

  for (let start = 0; start < rows.length; start += FRAME) {
    for (const one of await isolate(rows.slice(start, start + FRAME), run)) {
      if ('died' in one) continue
      if ('ok' in one.output) kept.push({ ...one.input, record: one.output.ok })
      else if ('drop' in one.output) onDrop(one.input, one.output.drop)
      else reject(one.input, one.output.error)
    }
  }
  return kept
}

/** Throws `SyncFailure` when the trouble cannot be in the records. */
async function callTransform(
  session: SyncSession,
  installation: string,
  batch: readonly PipeRow[],
): Promise<BatchOutcome<TransformResult, Failure>> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await session.deps.invocations.invoke({
      organizationId: session.organizationId,
      installationId: installation,
      handler: ['transform'],
      args: [batch.map(({ record }) => record)],
      reason: 'transform',
      signal: session.signal,
      limits: BACKGROUND_STEP_LIMITS,
      integrationId: session.integration._id,
    })
    session.signal.throwIfAborted()
    keepLines(session, outcome.logs)
    if (outcome.ok) return readResults(outcome.value, batch.length)
    const { failure } = outcome
    if (failure.class === 'CRASH' && attempt === 1) await session.deps.sleep(CRASH_PAUSE_MS, session.signal)
    else if (isInTheRecords(failure)) return { ok: false, failure }
    else throw prefixed(failureOfRun(failure))
  }
}

/** A refused permission or address, a missing extension or a full queue are the same for every record. */
function isInTheRecords({ class: end, code, retryable }: RunFailure): boolean {
  if (end === 'USER_ERROR') return code !== 'NOT_FOUND' && code !== 'AUTHENTICATION_FAILED' && !retryable
  return end === 'CPU' || end === 'WALL' || end === 'MEMORY' || end === 'CRASH' || end === 'QUOTA'
}

function prefixed({ code, message, retryable, retryAfterMs }: SyncFailure): SyncFailure {
  const options = retryAfterMs === undefined ? { retryable } : { retryable, retryAfterMs }
  return new SyncFailure(code, `a transformation failed: ${message}`, options)
}

function readResults(value: Json, length: number): BatchOutcome<TransformResult, Failure> {
  const sound = !isDeeperThan(value, PAGE_LIMITS.depth + 2) && Array.isArray(value) && value.length === length
  const outputs = sound ? value.map(readResult) : []
  const known = outputs.filter((one) => one !== undefined)
  if (sound && known.length === length) return { ok: true, outputs: known }
  const message = 'the transformation did not answer one { ok }, { error } or { drop } per record'
  return { ok: false, failure: { code: 'INVALID_RESULT', message } }
}

function readResult(value: Json): TransformResult | undefined {
  if (!isObject(value)) return undefined
  if (isObject(value.ok)) return { ok: value.ok }
  if (typeof value.drop === 'string') return { drop: value.drop }
  if (!isObject(value.error)) return undefined
  const { code, message } = value.error
  return typeof code === 'string' && typeof message === 'string' ? { error: { code, message } } : undefined
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
