import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import { Organization, OwnOrganization } from '../account-schemas.ts'
import type { App } from '../app-type.ts'
import { requireSession } from '../authentication.ts'
import { membershipOf } from '../membership.ts'
import { refuse } from '../refusal.ts'
import { IdParams, PROBLEMS, SESSION_ONLY, Strict } from '../schemas.ts'

const tags = ['organizations']

const create = {
  tags,
  summary: 'Founds an organization; the sender becomes its owner',
  security: SESSION_ONLY,
  body: Strict({ name: Type.String({ minLength: 1, maxLength: 200 }) }),
  response: { 201: Organization, ...PROBLEMS },
}

const list = {
  tags,
  summary: 'Lists the organizations that the sender belongs to',
  security: SESSION_ONLY,
  response: { 200: Type.Object({ data: Type.Array(OwnOrganization) }), ...PROBLEMS },
}

const get = {
  tags,
  summary: 'Shows one of them',
  security: SESSION_ONLY,
  params: IdParams,
  response: { 200: OwnOrganization, ...PROBLEMS },
}

export function registerOrganizations(app: App, { accounts }: Services): void {
  app.post('/api/organizations', { schema: create }, async (request, reply) => {
    const { userId } = await requireSession(request)
    return reply.code(201).send(await accounts.organizations.found(userId, request.body.name))
  })
  app.get('/api/organizations', { schema: list }, async (request) => {
    const { userId } = await requireSession(request)
    return { data: await accounts.organizations.listOf(userId) }
  })
  app.get('/api/organizations/:id', { schema: get }, async (request) => {
    const { organizationId, role } = await membershipOf(request, accounts, request.params.id)
    const organization = await accounts.organizations.get(organizationId)
    return organization ? { ...organization, role } : refuse('NOT_FOUND', 'there is no such organization')
  })
}
