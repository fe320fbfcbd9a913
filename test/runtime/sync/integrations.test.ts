import t from 'tap'
import { auditPayloads } from '../../../runtime/audit/audit-documents.ts'
import type { KeyPrincipal, UserPrincipal } from '../../../runtime/permissions/principal.ts'
import { integrations as integrationsCollection } from '../../../runtime/sync/integration.ts'
import { CREDENTIALS, hoursOut, serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { Ends } from './fake-invocations.ts'
import { admin, CONNECTOR, ORG, openSync, type TestSync } from './open-sync.ts'

const member: UserPrincipal = { ...admin, userId: 'usr_member', role: 'member' }
const stranger: UserPrincipal = { ...admin, userId: 'usr_b', organizationId: 'org_b' }

function key(...scopes: KeyPrincipal['grants'][number]['scope'][]): KeyPrincipal {
  const grants = scopes.map((scope) => ({ scope }))
  return { kind: 'key', keyId: 'key_1', userId: 'usr_admin', organizationId: ORG, grants }
}

async function opened(t: Parameters<typeof openSync>[0]): Promise<TestSync & { id: string }> {
  const sync = await openSync(t)
  serveSites(sync.invocations, [site(1)])
  serveCleaner(sync.invocations)
  const created = await sync.integrations.create(admin, sitesIn)
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  return { ...sync, id: created.value.id }
}

async function errorsOf(sync: TestSync, change: object): Promise<unknown[]> {
  const result = await sync.integrations.create(admin, { ...sitesIn, name: 'Other', ...change })
  if (result.ok) return []
  const details = result.error.details as { errors?: unknown[] } | undefined
  return details?.errors ?? [result.error]
}

t.test('an integration is made, found by id and slug, and shown without credentials (S-250 to S-255)', async (t) => {
  const { integrations, id, store } = await opened(t)
  for (const name of [id, 'erp']) {
    const found = await integrations.get(admin, name)
    t.match(found, {
      value: { id, slug: 'erp', type: 'ERP', status: 'DRAFT', hasCredentials: true, config: { site: 'paris' } },
    })
    t.match(found, { value: { createdBy: 'user:usr_admin', streams: { sites: { direction: 'INBOUND' } } } })
    t.notMatch(JSON.stringify(found), /top-secret|"credentials"|"data":/)
  }
  const stored = await store.forOrganization(ORG)(integrationsCollection).get(id)
  t.ok(stored?.credentials)
  t.notMatch(JSON.stringify(stored), /top-secret/)
})

t.test('what connector, platform or installations do not agree with is refused with its place', async (t) => {
  const sync = await opened(t)
  const streams = (change: object) => ({ streams: { sites: { ...sitesIn.streams.sites, ...change } } })
  const mapping = { sourceField: 'id', targetField: 'reference' }
  t.match(await errorsOf(sync, { config: { other: 1 } }), [{ path: '/config' }])
  t.match(await errorsOf(sync, { credentials: { apiKey: 'short' } }), [{ path: '/credentials/apiKey' }])
  t.match(await errorsOf(sync, { credentials: undefined }), [{ path: '/credentials' }])
  t.match(await errorsOf(sync, { streams: { nothing: sitesIn.streams.sites } }), [{ path: '/streams/nothing' }])
  t.match(await errorsOf(sync, streams({ direction: 'OUTBOUND' })), [{ path: '/streams/sites/direction' }, {}])
  t.match(await errorsOf(sync, streams({ resource: 'nothing' })), [{ path: '/streams/sites/resource' }])
  t.match(await errorsOf(sync, streams({ fieldMappings: [{ ...mapping, targetField: 'nothing' }] })), [
    { path: '/streams/sites/fieldMappings/0/targetField' },
  ])
  t.match(await errorsOf(sync, streams({ transformations: [{ installation: CONNECTOR, order: 1 }] })), [
    { path: '/streams/sites/transformations/0/installation' },
  ])
  t.match(await errorsOf(sync, { connectorId: 'ins_other' }), [{ code: 'NOT_FOUND' }])
  t.match(await errorsOf(sync, { surprise: 1 }), [{ message: /additional/ }])
  t.match(await errorsOf(sync, streams({ fieldMappings: [{ ...mapping, targetField: '__proto__' }] })), [{}])
  t.match(await errorsOf(sync, { slug: 'erp' }), [{ code: 'CONFLICT' }])
  t.match(await errorsOf(sync, {}), [])
})

t.test('members look, owners and admins act; a refusal is in the audit trail', async (t) => {
  const { integrations, store } = await opened(t)
  t.match(await integrations.get(member, 'erp'), { ok: true })
  t.match(await integrations.list(member), { ok: true, value: { data: [{ slug: 'erp' }] } })
  const refused = { ok: false, error: { code: 'PERMISSION_DENIED' } } as const
  t.match(await integrations.create(member, { ...sitesIn, name: 'x' }), refused)
  t.match(await integrations.update(member, 'erp', { name: 'x' }), refused)
  t.match(await integrations.test(member, 'erp'), refused)
  t.match(await integrations.sync(member, 'erp'), refused)
  const rows = await store
    .forOrganization(ORG)(auditPayloads)
    .find({ where: { at: { $gte: '' } }, limit: 100 })
  const actions = rows.data.filter(({ outcome }) => outcome === 'refused').map(({ action }) => action)
  t.same(actions.sort(), ['integration.create', 'integration.sync', 'integration.test', 'integration.update'])
})

t.test('a key needs the write scope of every resource to act, and without conditions', async (t) => {
  const { integrations } = await opened(t)
  t.match(await integrations.sync(key('read:chantiers', 'write:chantiers'), 'erp'), { ok: true })
  t.match(await integrations.sync(key('read:chantiers'), 'erp'), { error: { code: 'PERMISSION_DENIED' } })
  t.match(await integrations.get(key('read:timesheets'), 'erp'), { error: { code: 'PERMISSION_DENIED' } })
  t.match(await integrations.list(key('read:timesheets')), { value: { data: [] } })
  const conditions = [{ field: 'status', op: 'eq' as const, value: 'ACTIVE' }]
  const narrow = {
    ...key('read:chantiers'),
    grants: [{ scope: 'read:chantiers' as const }, { scope: 'write:chantiers' as const, conditions }],
  }
  t.match(await integrations.sync(narrow, 'erp'), { error: { code: 'PERMISSION_DENIED' } })
})

t.test('another organization meets NOT_FOUND everywhere', async (t) => {
  const { integrations, id } = await opened(t)
  const nothing = { ok: false, error: { code: 'NOT_FOUND' } } as const
  for (const name of [id, 'erp', '../erp', 'int_\u0000', '']) {
    t.match(await integrations.get(stranger, name), nothing)
    t.match(await integrations.update(stranger, name, { name: 'x' }), nothing)
    t.match(await integrations.test(stranger, name), nothing)
    t.match(await integrations.sync(stranger, name), nothing)
    t.match(await integrations.status(stranger, name), nothing)
    t.match(await integrations.logs(stranger, name), nothing)
    t.match(await integrations.runs(stranger, name), nothing)
    t.match(await integrations.quarantine(stranger, name), nothing)
  }
  t.match(await integrations.list(stranger), { value: { data: [] } })
  t.match(await integrations.create(stranger, sitesIn), nothing, 'nor its connector')
})

t.test('an update is checked, keeps what is absent, and refuses an old revision', async (t) => {
  const { integrations, store, id } = await opened(t)
  const sealed = async () => (await store.forOrganization(ORG)(integrationsCollection).get(id))?.credentials
  const before = await sealed()
  t.match(await integrations.update(admin, 'erp', { name: 'New', ifRev: 1 }), {
    value: { name: 'New', slug: 'erp', rev: 2 },
  })
  t.same(await sealed(), before)
  t.match(await integrations.update(admin, 'erp', { name: 'Newer', ifRev: 1 }), { error: { code: 'CONFLICT' } })
  t.match(await integrations.update(admin, 'erp', { config: { other: 1 } }), { error: { code: 'INVALID_ARGUMENT' } })
  t.match(await integrations.update(admin, 'erp', { credentials: { apiKey: 'another-key' } }), { ok: true })
  t.notSame(await sealed(), before)
  t.match(await integrations.update(admin, 'erp', { streams: hoursOut.streams }), { value: { streams: { hours: {} } } })
})

t.test('a connection test tells its steps and puts a draft into service (S-157)', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} check`, async () => [{ name: 'auth', ok: true, ms: 3, extra: 'dropped' }])
  const result = await sync.integrations.test(admin, 'erp')
  t.same(result.ok && result.value.steps, [{ name: 'auth', ok: true, ms: 3 }])
  t.match(await sync.integrations.status(admin, 'erp'), { value: { status: 'ACTIVE', healthStatus: 'HEALTHY' } })
  t.match(sync.invocations.requests.at(-1), {
    credentials: CREDENTIALS,
    actor: { userId: 'usr_admin' },
    reason: 'check',
  })
})

t.test('a failed test gives the diagnosis and a suggestion (S-158, S-159)', async (t) => {
  const sync = await opened(t)
  for (const code of ['EGRESS_DENIED', 'AUTHENTICATION_FAILED', 'CONNECTION_FAILED', 'SOMETHING_ELSE']) {
    sync.invocations.handlers.set(`${CONNECTOR} check`, async () => {
      throw new Ends('USER_ERROR', { code })
    })
    t.match(await sync.integrations.test(admin, 'erp'), {
      ok: true,
      value: { ok: false, steps: [{ name: 'run', ok: false, code }], suggestion: /.{20}/ },
    })
  }
  const steps = [{ name: 'auth', ok: false, code: 'AUTHENTICATION_FAILED', suggestion: 'Ask Marie for a key.' }]
  sync.invocations.handlers.set(`${CONNECTOR} check`, async () => steps)
  t.match(await sync.integrations.test(admin, 'erp'), { value: { ok: false, suggestion: 'Ask Marie for a key.' } })
  for (const odd of [[], 'ok', [{ ok: true }], null]) {
    sync.invocations.handlers.set(`${CONNECTOR} check`, async () => odd)
    t.match(await sync.integrations.test(admin, 'erp'), { value: { ok: false, steps: [{ code: 'INVALID_RESULT' }] } })
  }
})

t.test('logs are newest first, by level and in pages, and hold no credentials', async (t) => {
  const sync = await opened(t)
  serveSites(sync.invocations, [site(1)], { before: () => sync.clock.pass(1_000) })
  for (let i = 0; i < 3; i++) {
    await sync.integrations.sync(admin, 'erp', { full: true })
    sync.clock.pass(1_000)
  }
  const first = await sync.integrations.logs(admin, 'erp', { limit: 4 })
  if (!first.ok || !first.value.nextCursor) throw new Error('one page only')
  t.equal(first.value.data.length, 4)
  t.match(first.value.data[0], { level: 'INFO', message: /^sync SUCCEEDED/ })
  const second = await sync.integrations.logs(admin, 'erp', { limit: 4, cursor: first.value.nextCursor })
  t.equal(second.ok && second.value.data.length, 2)
  t.match(await sync.integrations.logs(admin, 'erp', { level: 'ERROR' }), { value: { data: [] } })
  t.match(await sync.integrations.logs(admin, 'erp', { cursor: 'made-up' }), { error: { code: 'INVALID_ARGUMENT' } })
  t.notMatch(JSON.stringify([first, second]), /top-secret/)
})

t.test('a disabled integration is neither tested nor synced', async (t) => {
  const sync = await opened(t)
  await sync.integrations.update(admin, 'erp', { status: 'DISABLED' })
  t.match(await sync.integrations.test(admin, 'erp'), { error: { code: 'CONFLICT' } })
  t.match(await sync.integrations.sync(admin, 'erp'), { error: { code: 'CONFLICT' } })
})

t.test('only bound streams are synced', async (t) => {
  const { integrations } = await opened(t)
  t.match(await integrations.sync(admin, 'erp', { streams: ['hours'] }), { error: { code: 'INVALID_ARGUMENT' } })
  t.match(await integrations.sync(admin, 'erp', { streams: ['sites'] }), { ok: true })
})
