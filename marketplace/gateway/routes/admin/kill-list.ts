import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { identityName } from '../../../accounts/identity.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireSession } from '../../authentication.ts'
import { KillRequest, LiftRequest, ShownKillEntry } from '../../kill-list-schemas.ts'
import { orRefuse, refuse } from '../../refusal.ts'
import { PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const one = {
  tags: ['admin/kill-list'],
  security: SESSION_ONLY,
  response: { 200: ShownKillEntry, ...PROBLEMS },
}

const list = {
  ...one,
  summary: 'Lists what was ever killed and lifted, newest first; for moderators and operators',
  querystring: PageQuery,
  response: { 200: PageOf(ShownKillEntry), ...PROBLEMS },
}

const add = {
  ...one,
  summary: 'Stops extensions, on this node before the answer and on all within a second; for moderators and operators',
  body: KillRequest,
}

const lift = {
  ...one,
  summary: 'Takes an entry back by a new one; for moderators and operators',
  params: Strict({ seq: Type.String({ pattern: '^[1-9][0-9]{0,9}$', description: 'Of the entry' }) }),
  body: LiftRequest,
}

const PATH = '/api/admin/kill-list'

export function registerAdminKillList(app: App, { killList }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    await requireKiller(request)
    return killList.list(request.query)
  })
  app.post(PATH, { schema: add }, async (request) => {
    return orRefuse(await killList.add(await requireKiller(request), request.body))
  })
  app.post(`${PATH}/:seq/lift`, { schema: lift }, async (request) => {
    return orRefuse(await killList.lift(await requireKiller(request), Number(request.params.seq), request.body.reason))
  })
}

/** The name of a moderator or operator. */
async function requireKiller(request: FastifyRequest): Promise<string> {
  const identity = await requireSession(request)
  const { platformRoles } = identity
  if (platformRoles.includes('moderator') || platformRoles.includes('operator')) return identityName(identity)
  return refuse('PERMISSION_DENIED', 'this needs the platform role moderator or operator')
}
