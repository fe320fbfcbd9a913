import { Type } from '@sinclair/typebox'
import { identityName } from '../../../accounts/identity.ts'
import type { Services } from '../../../services.ts'
import { PlatformRole, User } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { requirePlatformRole } from '../../authentication.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['admin/users']

const list = {
  tags,
  summary: 'Lists all accounts, newest first; for operators',
  security: SESSION_ONLY,
  querystring: PageQuery,
  response: { 200: PageOf(User), ...PROBLEMS },
}

const roles = {
  tags,
  summary: "Sets an account's roles over the platform; for operators",
  security: SESSION_ONLY,
  params: IdParams,
  body: Strict({ platformRoles: Type.Array(PlatformRole, { maxItems: 3 }) }),
  response: { 200: User, ...PROBLEMS },
}

export function registerAdminUsers(app: App, { accounts }: Services): void {
  app.get('/api/admin/users', { schema: list }, async (request) => {
    await requirePlatformRole(request, 'operator')
    return accounts.users.list(request.query)
  })
  app.put('/api/admin/users/:id/roles', { schema: roles }, async (request) => {
    const operator = await requirePlatformRole(request, 'operator')
    const { id } = request.params
    return orRefuse(await accounts.users.setPlatformRoles(identityName(operator), id, request.body.platformRoles))
  })
}
