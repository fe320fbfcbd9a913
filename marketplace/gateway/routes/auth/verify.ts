import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../../../services.ts'
import { PlatformRole } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { identityOf, requireIdentity } from '../../authentication.ts'
import { sendProblem } from '../../problem-answer.ts'
import { Refusal } from '../../refusal.ts'
import { Id, PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

const schema = {
  tags: ['auth'],
  summary: 'Tells another service whether a token is valid, and whose it is',
  security: SESSION_OR_KEY,
  response: {
    200: Type.Object({
      success: Type.Literal(true),
      valid: Type.Literal(true),
      user: Type.Object({ id: Id, email: Type.String(), platformRoles: Type.Array(PlatformRole) }),
      organizationId: Type.Optional(Id),
      scopes: Type.Array(Type.String()),
    }),
    ...PROBLEMS,
  },
}

export function registerVerify(app: App, { clock }: Services): void {
  app.get('/api/auth/verify', { schema }, async (request, reply) => {
    const identity = await identityOf(request)
    if (!identity) return sendInvalid(request, reply, clock)
    const { userId: id, email, platformRoles, principal } = identity
    const user = { id, email, platformRoles: [...platformRoles] }
    const scopes = [...(principal?.grants.map((grant) => grant.scope) ?? []), ...identity.publisherScopes]
    const organization = principal ? { organizationId: principal.organizationId } : {}
    return { success: true, valid: true, user, ...organization, scopes }
  })
}

/** Beside the problem, what callers of this route have always read: `success`, `valid` and `error`. */
async function sendInvalid(request: FastifyRequest, reply: FastifyReply, clock: Services['clock']) {
  try {
    await requireIdentity(request)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return sendProblem(request, reply, clock, error, { success: false, valid: false, error: error.message })
  }
}
