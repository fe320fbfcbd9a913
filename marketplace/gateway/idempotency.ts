import type { FastifyReply, FastifyRequest } from 'fastify'
import type { KeptAnswers } from '../traffic/kept-answers.ts'
import type { App } from './app-type.ts'
import { identityOf } from './authentication.ts'
import { orRefuse, refuse } from './refusal.ts'

const KEY = /^[\x21-\x7e]{1,255}$/
const KEPT_HEADERS = ['content-type', 'location', 'retry-after', 'etag']

/** Statuses that say "not now" or "not you": the same request may fare otherwise next time, so they are not kept. */
const PASSING = new Set([401, 403, 408, 425, 429])

const claims = new WeakMap<FastifyRequest, { id: string; rev: number }>()

/**
 * Every POST takes `Idempotency-Key`: a repetition is answered with the kept answer for 24 hours and has no effect. The
 * answer is kept after the effect, in a commit of its own: a process that dies in between leaves a key that is refused
 * (409 IDEMPOTENCY_UNKNOWN) rather than run again. A 5xx gives the key back, so a repetition of it does run: what a route
 * had stored before it failed, the repetition meets as a conflict or does a second time.
 */
export function keepAnswers(app: App, kept: KeptAnswers): void {
  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || key === undefined) return
    if (typeof key !== 'string' || !KEY.test(key))
      return refuse('INVALID_ARGUMENT', 'Idempotency-Key is 1 to 255 visible ASCII characters')
    const route = `POST ${request.url}`
    const caller = await callerOf(request)
    const claim = orRefuse(await kept.claim({ caller, route, key, body: bodyOf(request.body) }))
    if (claim.first) claims.set(request, claim)
    else return reply.code(claim.answer.status).headers(replayed(claim.answer.headers)).send(claim.answer.body)
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const claim = claims.get(request)
    if (!claim) return payload
    claims.delete(request)
    if (reply.statusCode >= 500 || PASSING.has(reply.statusCode)) await kept.release(claim)
    else await kept.keep(claim, { status: reply.statusCode, headers: keptHeaders(reply), body: textOf(payload) })
    return payload
  })
}

async function callerOf(request: FastifyRequest): Promise<string> {
  const identity = await identityOf(request)
  // Strangers are told apart by address: two who happen to choose the same key must not meet.
  if (!identity) return `nobody at ${request.ip}`
  const { principal, userId } = identity
  return JSON.stringify([userId, principal?.organizationId, principal?.kind === 'key' ? principal.keyId : undefined])
}

function bodyOf(body: unknown): string | Uint8Array {
  return body instanceof Uint8Array ? body : JSON.stringify(sorted(body) ?? null)
}

/** The same object with its keys in order, however deep, so that the order of writing makes no other body. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}

function replayed(headers: Record<string, string>): Record<string, string> {
  return { ...headers, 'idempotency-replayed': 'true' }
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  const headers = KEPT_HEADERS.map((name) => [name, reply.getHeader(name)] as const)
  return Object.fromEntries(headers.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))
}

function textOf(payload: unknown): string {
  if (typeof payload === 'string') return payload
  if (payload instanceof Uint8Array) return Buffer.from(payload).toString('utf8')
  return ''
}
