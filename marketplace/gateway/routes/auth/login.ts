import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { Email, Password, SessionTokens, User } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { limitAddress } from '../../limits.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, PUBLIC, Strict } from '../../schemas.ts'

const schema = {
  tags: ['auth'],
  summary: 'Starts a session; ten failures in a quarter of an hour close the door for the rest of it',
  security: PUBLIC,
  body: Strict({ email: Email, password: Password }),
  response: { 200: Type.Object({ ...SessionTokens, user: User }), ...PROBLEMS },
}

export function registerLogin(app: App, { accounts, limiter }: Services): void {
  app.post('/api/auth/login', { schema, onRequest: limitAddress(limiter) }, async (request) => {
    const { tokens, user } = orRefuse(await accounts.login({ ...request.body, address: request.ip }))
    return { ...tokens, user }
  })
}
