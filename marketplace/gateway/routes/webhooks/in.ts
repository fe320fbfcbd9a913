import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { orRefuse, refuse } from '../../refusal.ts'
import { PROBLEMS, PUBLIC, Strict } from '../../schemas.ts'

/** Bytes of a webhook: with its headers it fits into one document of the storage, whatever the bytes are. */
const BODY_LIMIT = 512 * 1024
/** Webhooks that one address takes in a minute. */
const PER_MINUTE = 3_000
const MINUTE_MS = 60_000

const Receipt = Type.Object({ received: Type.Boolean(), duplicate: Type.Boolean() })

const receive = {
  tags: ['webhooks/in'],
  summary: 'Takes a signed webhook: 202 when it is stored, 200 when it was before; the extension gets it behind',
  security: PUBLIC,
  params: Strict({ source: Type.String() }),
  body: Type.Unsafe<Uint8Array>({ description: 'Whatever the other system sends, at most 512 KiB' }),
  response: { 200: Receipt, 202: Receipt, ...PROBLEMS },
}

export function registerWebhooksIn(app: App, { runtime, limiter }: Services): void {
  // A scope of its own: here alone any media type is taken, as the bytes that were signed.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const limits = { parseAs: 'buffer', bodyLimit: BODY_LIMIT } as const
    scope.addContentTypeParser('*', limits, (_request, body, done) => done(null, body))
    scope.setValidatorCompiler(() => (value: unknown) => ({ value }))
    scope.post('/api/webhooks/in/:source', { schema: receive, bodyLimit: BODY_LIMIT }, async (request, reply) => {
      const source = sourceIn(request)
      const allowance = await limiter.take(`webhook:${source}`, PER_MINUTE, MINUTE_MS)
      if (!allowance.allowed)
        return refuse('RATE_LIMIT_EXCEEDED', `more than ${PER_MINUTE} webhooks in a minute`, {
          retryAfter: allowance.reset,
        })
      const body = request.body instanceof Uint8Array ? request.body : new Uint8Array()
      const received = await runtime.webhooksIn.receive(source, { headers: headersOf(request), body })
      // Here it is the sender who did not prove who they are, not we.
      if (!received.ok && received.error.code === 'AUTHENTICATION_FAILED')
        return refuse('UNAUTHENTICATED', received.error.message)
      const { duplicate } = orRefuse(received)
      return reply.code(duplicate ? 200 : 202).send({ received: true, duplicate })
    })
  })
}

/** Nothing is validated in this scope but this: what it names is not looked for unless it could be there. */
function sourceIn({ params }: FastifyRequest): string {
  const { source } = params as { source?: unknown }
  if (typeof source === 'string' && /^[A-Za-z0-9_-]{8,64}$/.test(source)) return source
  return refuse('NOT_FOUND', 'nobody listens here')
}

/** One text for each name, as the wire had it. */
function headersOf({ raw }: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw.headersDistinct).map(([name, values = []]) => [name.toLowerCase(), values.join(', ')]),
  )
}
