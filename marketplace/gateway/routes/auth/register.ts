import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { Email, Organization, Password, SessionTokens, Token, User } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { limitAddress } from '../../limits.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, PUBLIC, Strict } from '../../schemas.ts'

const body = Strict({
  email: Email,
  password: Password,
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  organization: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'Name of the first organization' }),
  ),
  invitation: Type.Optional(Token),
})

const schema = {
  tags: ['auth'],
  summary: 'Creates an account, its personal organization (unless invited to one) and a session',
  security: PUBLIC,
  body,
  response: { 201: Type.Object({ ...SessionTokens, user: User, organization: Organization }), ...PROBLEMS },
}

export function registerRegister(app: App, { accounts, limiter }: Services): void {
  app.post('/api/auth/register', { schema, onRequest: limitAddress(limiter) }, async (request, reply) => {
    const { tokens, user, organization } = orRefuse(await accounts.register(request.body))
    return reply.code(201).send({ ...tokens, user, organization })
  })
}
