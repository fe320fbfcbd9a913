import { ALL_SCOPES } from '@annex/sdk/scopes'
import t from 'tap'
import { grantsOfRole } from '../../../runtime/permissions/role-grants.ts'

const scopes = (role: 'owner' | 'admin' | 'member') => grantsOfRole(role).map((grant) => grant.scope)

t.test('owners and admins hold every scope', async (t) => {
  t.same(scopes('owner'), ALL_SCOPES)
  t.same(scopes('admin'), ALL_SCOPES)
})

t.test('a member reads everything and writes timesheets only', async (t) => {
  const reads = ALL_SCOPES.filter((scope) => scope.startsWith('read:'))
  t.same([...scopes('member')].sort(), [...reads, 'write:timesheets'].sort())
})
