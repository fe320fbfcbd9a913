import type { Json, JsonObject } from '@annex/sdk/json'
import type { TransformResult } from '@annex/sdk/transformation'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { RunFailure } from '../sandbox/run.ts'
import type { BatchOutcome } from './isolate.ts'
import { isDeeperThan } from './json-depth.ts'
import { PAGE_LIMITS } from './stream-page.ts'
import { failureOfRun, SyncFailure } from './sync-failure.ts'
import { keepLines, recordingOf, type SyncSession } from './sync-session.ts'

/** Why a batch did not come through. `CRASH` may have been a neighbour's. */
export type TransformFailure = { code: string; message: string; isCrash: boolean }

export type TransformOutcome = BatchOutcome<TransformResult, TransformFailure>

/** Sends one batch through a transformation. Throws `SyncFailure` when the trouble cannot be in the records. */
export async function callTransform(
  session: SyncSession,
  installation: string,
  batch: readonly { record: JsonObject }[],
  signal: AbortSignal,
): Promise<TransformOutcome> {
  const outcome = await session.deps.invocations.invoke({
    organizationId: session.organizationId,
    installationId: installation,
    handler: ['transform'],
    args: [batch.map(({ record }) => record)],
    reason: 'transform',
    signal,
    limits: BACKGROUND_STEP_LIMITS,
    integrationId: session.integration._id,
    ...recordingOf(session),
  })
  signal.throwIfAborted()
  keepLines(session, outcome.logs)
  if (outcome.ok) return readResults(outcome.value, batch.length)
  const { failure } = outcome
  if (!isInTheRecords(failure)) throw prefixed(failureOfRun(failure))
  return { ok: false, failure: { code: failure.code, message: failure.message, isCrash: failure.class === 'CRASH' } }
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

function readResults(value: Json, length: number): TransformOutcome {
  const sound = !isDeeperThan(value, PAGE_LIMITS.depth + 2) && Array.isArray(value) && value.length === length
  const outputs = sound ? value.map(readResult) : []
  const known = outputs.filter((one) => one !== undefined)
  if (sound && known.length === length) return { ok: true, outputs: known }
  const message = 'the transformation did not answer one { ok }, { error } or { drop } per record'
  return { ok: false, failure: { code: 'INVALID_RESULT', message, isCrash: false } }
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
