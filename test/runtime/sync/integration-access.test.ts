import type { ScopeGrant } from '@annex/sdk/scopes'
import t from 'tap'
import type { KeyPrincipal, UserPrincipal } from '../../../runtime/permissions/principal.ts'
import { mayManage, maySee } from '../../../runtime/sync/integration-access.ts'
import { hoursOut, serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { admin, ORG, openSync } from './open-sync.ts'

type Scope = ScopeGrant['scope']

function key(...scopes: Scope[]): KeyPrincipal {
  return { kind: 'key', keyId: 'key_1', userId: 'usr_admin', organizationId: ORG, grants: grants(...scopes) }
}

function person(role: UserPrincipal['role'], ...scopes: Scope[]): UserPrincipal {
  return { ...admin, role, grants: grants(...scopes) }
}

function grants(...scopes: Scope[]): ScopeGrant[] {
  return scopes.map((scope) => ({ scope }))
}

const both = { ...hoursOut, name: 'Both', slug: 'both', streams: { ...sitesIn.streams, ...hoursOut.streams } }

const denied = (scope: string) => ({
  ok: false as const,
  error: { code: 'PERMISSION_DENIED' as const, message: new RegExp(scope) },
})

for (const [who, holding] of [
  ['a key', key],
  ['a person', (...scopes: Scope[]) => person('admin', ...scopes)],
] as const) {
  t.test(`${who} needs write for what comes in and read for what goes out`, async (t) => {
    const sync = await openSync(t)
    serveSites(sync.invocations, [site(1)])
    serveCleaner(sync.invocations)
    const { integrations } = sync
    t.match(await integrations.create(holding('read:chantiers'), sitesIn), denied('write:chantiers'))
    t.match(await integrations.create(holding('write:timesheets'), hoursOut), denied('read:timesheets'))
    t.match(await integrations.create(holding('write:chantiers'), both), denied('hours.*read:timesheets'))
    t.match(await integrations.create(holding('read:timesheets'), both), denied('sites.*write:chantiers'))

    t.match(await integrations.create(holding('write:chantiers'), sitesIn), { ok: true })
    t.match(await integrations.create(holding('read:timesheets'), hoursOut), { ok: true })
    t.match(await integrations.create(holding('write:chantiers', 'read:timesheets'), both), { ok: true })

    t.match(await integrations.update(holding('read:timesheets'), 'hours', { name: 'Hours 2' }), { ok: true })
    t.match(await integrations.update(holding('write:timesheets'), 'hours', { name: 'x' }), denied('read:timesheets'))
    const into = { streams: sitesIn.streams }
    t.match(await integrations.update(holding('read:timesheets'), 'hours', into), denied('write:chantiers'))
    const outOf = { streams: hoursOut.streams }
    t.match(await integrations.update(holding('write:chantiers'), 'erp', outOf), denied('read:timesheets'))

    t.match(await integrations.sync(holding('write:chantiers'), 'erp'), { ok: true })
    t.match(await integrations.sync(holding('read:timesheets'), 'hours'), { ok: true })
    t.match(await integrations.sync(holding('read:chantiers'), 'erp'), denied('write:chantiers'))
    t.match(await integrations.sync(holding('write:timesheets'), 'hours'), denied('read:timesheets'))
    t.match(await integrations.sync(holding('write:chantiers'), 'both'), denied('read:timesheets'))
  })
}

t.test('scopes do not make up for a role', async (t) => {
  const { integrations } = await openSync(t)
  const member = person('member', 'read:chantiers', 'write:chantiers')
  t.match(await integrations.create(member, sitesIn), { error: { message: /owners and admins/ } })
})

t.test('a scope under limits is none: the sync would reach past them', async (t) => {
  const limited = { ...key(), grants: [{ scope: 'read:timesheets' as const, columns: ['minutes'] }] }
  t.match(mayManage(limited, hoursOut.streams), { allowed: false, rule: 'limited-grant' })
  t.match(maySee(limited, hoursOut.streams), { allowed: false, rule: 'limited-grant' })
})

t.test('a binding in a direction that is not known is refused', async (t) => {
  const streams = { sites: { ...sitesIn.streams.sites, direction: 'SIDEWAYS' } } as unknown as typeof sitesIn.streams
  t.match(mayManage(admin, streams), { allowed: false, rule: 'unknown-direction' })
})

t.test('who may sync an integration sees it; its log takes the right to read', async (t) => {
  const sync = await openSync(t)
  serveSites(sync.invocations, [site(1)])
  serveCleaner(sync.invocations)
  await sync.integrations.create(admin, sitesIn)
  const writer = key('write:chantiers')
  t.match(await sync.integrations.get(writer, 'erp'), { ok: true })
  t.match(await sync.integrations.status(writer, 'erp'), { ok: true })
  t.match(await sync.integrations.list(writer), { value: { data: [{ slug: 'erp' }] } })
  t.match(await sync.integrations.logs(writer, 'erp'), denied('read:chantiers'))
  t.match(await sync.integrations.logs(key('read:chantiers'), 'erp'), { ok: true })
  t.match(await sync.integrations.get(key('write:timesheets'), 'erp'), denied('chantiers'))
})
