import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireSession } from '../../authentication.ts'
import { PROBLEMS, SESSION_ONLY } from '../../schemas.ts'

const schema = {
  tags: ['auth'],
  summary: 'Ends the session: its tokens are refused from the next request on',
  security: SESSION_ONLY,
  response: { 204: Type.Null({ description: 'Ended' }), ...PROBLEMS },
}

export function registerLogout(app: App, { accounts }: Services): void {
  app.post('/api/auth/logout', { schema }, async (request, reply) => {
    const { userId, sessionId } = await requireSession(request)
    await accounts.logout(userId, sessionId)
    return reply.code(204).send(null)
  })
}
