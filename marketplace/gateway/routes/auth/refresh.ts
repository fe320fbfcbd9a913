import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { SessionTokens, Token, User } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { limitAddress } from '../../limits.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, PUBLIC, Strict } from '../../schemas.ts'

const schema = {
  tags: ['auth'],
  summary: 'Changes a refresh token for new tokens; a token that was used before ends its session',
  security: PUBLIC,
  body: Strict({ refreshToken: Token }),
  response: { 200: Type.Object({ ...SessionTokens, user: User }), ...PROBLEMS },
}

export function registerRefresh(app: App, { accounts, limiter }: Services): void {
  app.post('/api/auth/refresh', { schema, onRequest: limitAddress(limiter) }, async (request) => {
    const { tokens, user } = orRefuse(await accounts.refresh(request.body.refreshToken))
    return { ...tokens, user }
  })
}
