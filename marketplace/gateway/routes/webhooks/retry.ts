import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { principalName } from '../../../../runtime/permissions/principal.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization, requireSession } from '../../authentication.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, Instant, PROBLEMS, SESSION_ONLY } from '../../schemas.ts'

const retry = {
  tags: ['webhooks/in'],
  summary: 'Has a dead webhook tried anew, behind; for owners and admins',
  security: SESSION_ONLY,
  params: IdParams,
  response: {
    202: Type.Object({
      ...{ id: Type.String(), webhookId: Type.String(), receivedAt: Instant },
      ...{ state: Type.Literal('PENDING'), jobId: Type.String() },
    }),
    ...PROBLEMS,
  },
}

export function registerWebhookRetry(app: App, { runtime }: Services): void {
  app.post('/api/webhooks/:id/retry', { schema: retry }, async (request, reply) => {
    const admin = await adminOf(request)
    const { organizationId } = admin
    const {
      _id: id,
      webhookId,
      receivedAt,
      jobId,
    } = orRefuse(await runtime.webhooksIn.retry(organizationId, request.params.id))
    const entry = { organizationId, actor: principalName(admin), action: 'webhook.retry', target: id }
    await runtime.audit.write({ ...entry, outcome: 'allowed' })
    return reply.code(202).send({ id, webhookId, receivedAt, state: 'PENDING' as const, jobId })
  })
}

async function adminOf(request: FastifyRequest) {
  await requireSession(request)
  return (await requireOrganization(request, ['owner', 'admin'])).principal
}
