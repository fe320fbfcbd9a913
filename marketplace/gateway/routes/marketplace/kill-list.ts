import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { isKnownTag } from '../../entity-tag.ts'
import { KillSnapshot } from '../../kill-list-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, PUBLIC, Strict } from '../../schemas.ts'

const get = {
  tags: ['marketplace/kill-list'],
  summary: 'What the marketplace has stopped, signed, for whoever follows it elsewhere',
  security: PUBLIC,
  querystring: Strict({
    after: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'The last entry that is known already' })),
  }),
  response: {
    200: KillSnapshot,
    304: Type.Unsafe<undefined>({ type: 'null', description: 'What `If-None-Match` names is the present one' }),
    ...PROBLEMS,
  },
}

export function registerKillList(app: App, { killList }: Services): void {
  app.get('/api/marketplace/kill-list', { schema: get }, async (request, reply) => {
    const { tag, ...snapshot } = orRefuse(killList.snapshot(request.query.after ?? 0))
    const etag = `"${tag}"`
    reply.headers({ etag, 'cache-control': 'public, no-cache' })
    return isKnownTag(request.headers['if-none-match'], etag) ? reply.code(304).send(undefined) : snapshot
  })
}
