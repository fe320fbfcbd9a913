import t from 'tap'
import { SERVICE_ERRORS, type ServiceErrorCode } from '../../../marketplace/errors.ts'
import { problemOf } from '../../../marketplace/gateway/problems.ts'
import { Refusal } from '../../../marketplace/gateway/refusal.ts'
import { SchemaCheckUnavailable } from '../../../runtime/connectors/schema-validator.ts'
import { StorageError } from '../../../runtime/storage/port.ts'

const context = { requestId: 'req_1', timestamp: '2026-01-01T00:00:00.000Z', hasCursor: false }

t.test('every code of the table has a status and all fields (S-356, S-358, S-359)', async (t) => {
  for (const code of Object.keys(SERVICE_ERRORS) as ServiceErrorCode[]) {
    const problem = problemOf(new Refusal({ code, message: 'm', retryAfter: 0.2, details: { a: 1 } }), context)
    t.ok(problem.status >= 400 && problem.status <= 599, code)
    t.match(problem, { type: `/docs#${code}`, code, detail: 'm', retryAfter: 1, details: { a: 1 }, ...pick(context) })
    t.type(problem.title, 'string')
    t.type(problem.retryable, 'boolean')
  }
})

t.test('a fault of ours tells its request id and nothing of itself', async (t) => {
  for (const error of [new Error('SELECT secret FROM users'), 'text', undefined, { statusCode: 404, message: 'x' }]) {
    const problem = problemOf(error, context)
    t.match(problem, { status: 500, code: 'INTERNAL', requestId: 'req_1' })
    t.notMatch(JSON.stringify(problem), /SELECT/)
  }
})

t.test('a check that has no place now is to be tried again', async (t) => {
  const problem = problemOf(new SchemaCheckUnavailable(new Error('CHECK_QUEUE')), context)
  t.match(problem, { status: 503, code: 'UNAVAILABLE', retryable: true, retryAfter: 2 })
})

t.test("a foreign cursor is the caller's fault only when the caller sent one", async (t) => {
  const error = new StorageError('the cursor is of another list')
  t.equal(problemOf(error, context).status, 500)
  t.equal(problemOf(error, { ...context, hasCursor: true }).status, 400)
  t.equal(problemOf(new StorageError('no index'), { ...context, hasCursor: true }).status, 500)
})

function pick({ requestId, timestamp }: typeof context) {
  return { requestId, timestamp }
}
