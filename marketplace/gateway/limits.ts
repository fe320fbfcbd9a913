import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RateDecision, RateLimiter } from '../traffic/rate-limiter.ts'
import type { App } from './app-type.ts'
import { identityOf } from './authentication.ts'
import { Refusal } from './refusal.ts'

const HOUR_MS = 3_600_000
const QUARTER_MS = 15 * 60_000
/** Sign-ups, logins and refreshes from one address in a quarter of an hour. */
export const SENSITIVE_PER_QUARTER = 300

/** API keys have their requests per hour, the doors to accounts theirs per address. Answers tell where a key stands. */
export function limitRequests(app: App, limiter: RateLimiter): void {
  app.addHook('onRequest', async (request, reply) => {
    const identity = await identityOf(request)
    if (identity?.principal?.kind !== 'key' || identity.requestsPerHour === undefined) return
    const { keyId } = identity.principal
    const decision = await limiter.take(`key:${keyId}`, identity.requestsPerHour, HOUR_MS)
    tell(reply, decision, HOUR_MS)
    if (!decision.allowed) throw tooMany(decision)
  })
}

/** An `onRequest` hook for a route that guesses are made at. */
export function limitAddress(limiter: RateLimiter) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const decision = await limiter.take(`address:${request.ip}`, SENSITIVE_PER_QUARTER, QUARTER_MS)
    if (decision.allowed) return
    tell(reply, decision, QUARTER_MS)
    throw tooMany(decision)
  }
}

function tell(reply: FastifyReply, { limit, remaining, reset }: RateDecision, windowMs: number): void {
  reply.headers({
    'ratelimit-limit': limit,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': reset,
    'ratelimit-policy': `${limit};w=${windowMs / 1000}`,
  })
}

function tooMany({ limit, reset }: RateDecision): Refusal {
  return new Refusal({ code: 'RATE_LIMIT_EXCEEDED', message: `more than ${limit} requests; wait`, retryAfter: reset })
}
