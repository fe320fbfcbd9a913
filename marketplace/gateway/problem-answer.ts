import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../runtime/clock.ts'
import { PROBLEM_TYPE, problemOf } from './problems.ts'

/** Answers with the problem that `error` is; `more` stands beside its fields. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
  error: unknown,
  more: Record<string, unknown> = {},
): FastifyReply {
  const hasCursor = typeof request.query === 'object' && request.query !== null && 'cursor' in request.query
  const problem = problemOf(error, { requestId: request.id, timestamp: clock.iso(), hasCursor })
  // Faults that the framework reports come before any hook.
  reply.header('x-request-id', request.id)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="annex"')
  if (problem.retryAfter !== undefined) reply.header('retry-after', problem.retryAfter)
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify({ ...problem, ...more }))
}
