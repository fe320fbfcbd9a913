import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import { OwnOrganization, User } from '../../account-schemas.ts'
import type { App } from '../../app-type.ts'
import { requireIdentity } from '../../authentication.ts'
import { refuse } from '../../refusal.ts'
import { Id, PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

const schema = {
  tags: ['auth'],
  summary: 'Who the sender is, and what the sender may do here',
  security: SESSION_OR_KEY,
  response: {
    200: Type.Object({
      user: User,
      organizations: Type.Array(OwnOrganization),
      organizationId: Type.Optional(Id),
      scopes: Type.Array(Type.String()),
    }),
    ...PROBLEMS,
  },
}

export function registerMe(app: App, { accounts }: Services): void {
  app.get('/api/auth/me', { schema }, async (request) => {
    const { userId, kind, principal, publisherScopes } = await requireIdentity(request)
    const document = await accounts.users.get(userId)
    if (!document) return refuse('NOT_FOUND', 'there is no such user')
    const { _id: id, email, name, platformRoles, createdAt } = document
    const all = await accounts.organizations.listOf(userId)
    // A key belongs to one organization and does not tell of the others.
    const organizations = kind === 'key' ? all.filter((each) => each.id === principal?.organizationId) : all
    const scopes = [...(principal?.grants.map((grant) => grant.scope) ?? []), ...publisherScopes]
    const organization = principal ? { organizationId: principal.organizationId } : {}
    return { user: { id, email, name, platformRoles, createdAt }, organizations, ...organization, scopes }
  })
}
