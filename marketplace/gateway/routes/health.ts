import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { PROBLEMS, PUBLIC } from '../schemas.ts'

const Health = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
  version: Type.String(),
  uptimeSeconds: Type.Integer(),
  node: Type.String(),
  store: Type.Object({ engine: Type.String(), ok: Type.Boolean(), ms: Type.Number() }),
  isolation: Type.Array(Type.Object({ name: Type.String(), active: Type.Boolean(), detail: Type.String() })),
  egress: Type.Object({
    overrides: Type.Array(Type.String()),
    allowedPrivateRanges: Type.Array(Type.String()),
    extraAuthorities: Type.Array(Type.String()),
  }),
  killList: Type.Object(
    {
      seq: Type.Integer(),
      fresh: Type.Boolean(),
      ageSeconds: Type.Optional(Type.Integer({ description: 'Since it was last read and found sound' })),
    },
    { description: 'What this node knows of the kill list; while it is not fresh, no extension is started here' },
  ),
})

const health = {
  tags: ['health'],
  summary: 'Whether the service lives, what it depends on, and which isolation layers hold',
  security: PUBLIC,
  response: { 200: Health, ...PROBLEMS },
}

const ready = {
  tags: ['health'],
  summary: 'Whether the service takes requests',
  security: PUBLIC,
  response: {
    200: Type.Object({ ready: Type.Literal(true) }),
    503: Type.Object({ ready: Type.Literal(false), state: Type.String() }),
    '4xx': PROBLEMS['4xx'],
  },
}

export function registerHealth(app: App, services: Services): void {
  app.get('/health', { schema: health }, async () => services.health())
  app.get('/health/ready', { schema: ready }, async (_request, reply) => {
    const { state } = services.readiness()
    return state === 'ready' ? { ready: true } : reply.code(503).send({ ready: false, state })
  })
}
