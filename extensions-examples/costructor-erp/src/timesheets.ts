import type { Context, Stream, WriteOperation, WriteResult } from '@annex/sdk'
import { ask, reasonOf } from './costructor-api.ts'

/** Hours on their way to the ERP's payroll. */
export const timesheets: Stream = {
  schema: {
    type: 'object',
    properties: {
      workerId: { type: 'string', minLength: 1 },
      chantierId: { type: 'string' },
      day: { type: 'string', format: 'date' },
      minutes: { type: 'integer', minimum: 0, maximum: 1440 },
      comment: { type: 'string' },
    },
    required: ['workerId', 'day', 'minutes'],
  },
  primaryKey: ['id'],
  async write(ctx, operations) {
    const results: WriteResult[] = []
    for (const operation of operations) {
      results.push(operation.op === 'upsert' ? await post(ctx, operation) : await remove(ctx, operation))
    }
    return results
  },
}

/**
 * A pause or a fault of the ERP is thrown by `ask` and the whole batch comes again: each line carries its own key, so
 * what the ERP already has is answered as before and never counted twice.
 */
async function post(ctx: Context, { operationId, localId, record }: WriteOperation): Promise<WriteResult> {
  const { workerId: worker, chantierId: site, day, minutes, comment } = record
  const answer = await ask(ctx, '/hours', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': operationId },
    body: JSON.stringify({ externalRef: localId, worker, site, day, minutes, comment }),
  })
  if (!answer.ok) return refused(answer.status, await reasonOf(answer))
  const { id } = (await answer.json()) as { id: string }
  return { ok: true, remoteId: id }
}

async function remove(ctx: Context, { operationId, localId }: WriteOperation): Promise<WriteResult> {
  const answer = await ask(ctx, `/hours?${new URLSearchParams({ externalRef: localId })}`, {
    method: 'DELETE',
    headers: { 'Idempotency-Key': operationId },
  })
  // 404: an earlier try removed it, or the ERP never had it. Either way it is gone.
  return answer.ok || answer.status === 404 ? { ok: true } : refused(answer.status, await reasonOf(answer))
}

function refused(status: number, message: string): WriteResult {
  return { ok: false, error: { code: `COSTRUCTOR_${status}`, message, retryable: false } }
}
