import { setImmediate as turn } from 'node:timers/promises'
import type { Json } from '@annex/sdk/json'
import t from 'tap'
import { CREDENTIALS, serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { Ends } from './fake-invocations.ts'
import { chantiers, opened, quarantined, run, sites } from './inbound-sync.ts'
import { admin, CONNECTOR, ORG, openSync, SITES } from './open-sync.ts'

t.test('refused credentials end the run, and put the integration into ERROR', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async () => {
    throw new Ends('USER_ERROR', { code: 'AUTHENTICATION_FAILED' })
  })
  const started = await sync.integrations.sync(admin, 'erp')
  t.match(started, { value: { finished: true, job: { state: 'DEAD', attempts: 1 }, result: { state: 'FAILED' } } })
  t.match(await sync.integrations.status(admin, 'erp'), { value: { status: 'ERROR', healthStatus: 'UNHEALTHY' } })
  serveSites(sync.invocations, sites(1))
  await run(sync)
  t.match(await sync.integrations.status(admin, 'erp'), { value: { status: 'ACTIVE', healthStatus: 'HEALTHY' } })
})

t.test('a grant that lacks the scope ends the run with the reason', async (t) => {
  const sync = await opened(t, sites(3))
  const installation = sync.installed.get(CONNECTOR)
  if (!installation) throw new Error('not installed')
  sync.installed.set(CONNECTOR, { ...installation, grants: [{ scope: 'read:chantiers' }] })
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'PERMISSION_DENIED', message: /write:chantiers/ }] })
  t.same(await chantiers(sync), [])
})

t.test('a grant taken back during the run bites at the next page', async (t) => {
  const sync = await opened(t)
  serveSites(sync.invocations, sites(30), {
    pageSize: () => 10,
    // Reading is ahead of writing.
    before: async (offset) => {
      while (offset === 20 && (await chantiers(sync)).length < 20) await turn()
      if (offset === 20) sync.installed.delete(CONNECTOR)
    },
  })
  t.match(await run(sync), {
    state: 'FAILED',
    errors: [{ code: 'NOT_FOUND' }],
    streams: [{ counters: { created: 20 } }],
  })
})

t.test('row conditions of the grant quarantine what lies outside', async (t) => {
  const sync = await opened(t, [site(1), site(2, { etat: 'N.C.' })])
  const installation = sync.installed.get(CONNECTOR)
  if (!installation) throw new Error('not installed')
  const conditions = [{ field: 'status', op: 'eq' as const, value: 'ACTIVE' }]
  sync.installed.set(CONNECTOR, { ...installation, grants: [{ scope: 'write:chantiers', conditions }] })
  t.match(await run(sync), { state: 'PARTIAL', streams: [{ counters: { created: 1, quarantined: 1 } }] })
  t.match(await quarantined(sync), [{ externalId: 'S2', stage: 'WRITE', code: /PERMISSION_DENIED|NOT_FOUND/ }])
})

t.test('a wait that the source asks for is kept and uses no attempt', async (t) => {
  const sync = await opened(t, sites(5))
  let refusals = 0
  serveSites(sync.invocations, sites(5), {
    before: () => {
      if (++refusals <= 2)
        throw new Ends('USER_ERROR', { code: 'RATE_LIMIT_EXCEEDED', retryAfter: refusals === 1 ? 5 : 90 })
    },
  })
  const started = await sync.integrations.sync(admin, 'erp')
  t.same(sync.pauses, [5_000], 'the short one is sat out')
  t.match(started, { value: { finished: false, job: { state: 'READY', attempts: 0 } } })
  const dueAt = started.ok ? Date.parse(started.value.job.dueAt ?? '') : 0
  t.equal(dueAt - sync.clock.now(), 90_000, 'the long one is left to the queue')
  sync.clock.pass(90_000)
  await sync.jobs.runDue()
  t.equal((await chantiers(sync)).length, 5)
})

t.test('one run at a time; the second is told which one runs', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async () => {
    throw new Ends('QUEUE')
  })
  const first = await sync.integrations.sync(admin, 'erp')
  t.match(first, { value: { finished: false } })
  const second = await sync.integrations.sync(admin, 'erp')
  const jobId = first.ok ? first.value.job._id : ''
  t.match(second, { ok: false, error: { code: 'CONFLICT', details: { jobId } } })
  t.match(await sync.integrations.status(admin, 'erp'), { value: { activeRun: { jobId, state: 'RUNNING' } } })
  await sync.jobs.cancel(ORG, jobId)
  t.match(await sync.integrations.runs(admin, 'erp'), { value: { data: [{ state: 'CANCELLED' }] } })
  serveSites(sync.invocations, sites(1))
  t.equal((await run(sync)).state, 'SUCCEEDED', 'the way is free again')
})

t.test('a source that never recovers ends in FAILED, and frees the integration', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async () => {
    throw new Ends('CRASH')
  })
  await sync.integrations.sync(admin, 'erp')
  for (let i = 0; i < 20; i++) {
    sync.clock.pass(7 * 60 * 60 * 1_000)
    await sync.jobs.runDue()
  }
  t.match(await sync.integrations.runs(admin, 'erp'), { value: { data: [{ state: 'FAILED' }] } })
  t.match((await sync.jobs.list(ORG)).data, [{ state: 'DEAD', attempts: 8 }])
})

t.test('pausing stops the run, and a paused integration does not sync', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async () => {
    throw new Ends('QUEUE')
  })
  await sync.integrations.sync(admin, 'erp')
  t.match(await sync.integrations.update(admin, 'erp', { status: 'PAUSED' }), { ok: true, value: { status: 'PAUSED' } })
  t.match((await sync.jobs.list(ORG)).data, [{ state: 'CANCELLED' }])
  t.match(await sync.integrations.sync(admin, 'erp'), { ok: false, error: { code: 'CONFLICT' } })
  t.match(await sync.integrations.status(admin, 'erp'), { value: { status: 'PAUSED' } })
})

t.test('the connector gets config and credentials, and no actor', async (t) => {
  const sync = await opened(t, sites(1))
  await run(sync)
  const read = sync.invocations.requests.find(({ reason }) => reason === 'sync')
  t.match(read, { config: { site: 'paris' }, credentials: CREDENTIALS, integrationId: /^int_/ })
  t.equal(read?.actor, undefined)
  const transform = sync.invocations.requests.find(({ reason }) => reason === 'transform')
  t.equal(transform?.credentials, undefined)
})

t.test('a stream that the installed version no longer has ends the run', async (t) => {
  const sync = await opened(t, sites(1))
  sync.streams.sites = { ...SITES, read: false }
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'NOT_FOUND' }] })
})

t.test('a connector that begins anew after each failure does not sync for ever', async (t) => {
  const sync = await opened(t)
  let reads = 0
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    reads++
    yield { records: sites(3), checkpoint: { page: 1 } }
    throw new Ends('USER_ERROR', { code: 'CONNECTION_FAILED' })
  })
  await sync.integrations.sync(admin, 'erp')
  for (let i = 0; i < 20; i++) {
    sync.clock.pass(7 * 60 * 60 * 1_000)
    await sync.jobs.runDue()
  }
  t.match(await sync.integrations.runs(admin, 'erp'), { value: { data: [{ state: 'FAILED' }] } })
  t.ok(reads < 50, `${reads} reads`)
})

t.test('a removal that the grant refuses is quarantined, and made up for when the grant allows it', async (t) => {
  const sync = await openSync(t)
  serveCleaner(sync.invocations)
  const bound = sitesIn.streams.sites
  const installation = sync.installed.get(CONNECTOR)
  if (!bound || !installation) throw new Error('no sites')
  await sync.integrations.create(admin, { ...sitesIn, streams: { sites: { ...bound, deletes: 'remove' } } })
  serveSites(sync.invocations, [site(1), site(2, { etat: 'N.C.' })])
  await run(sync)
  serveSites(sync.invocations, [], { deletedIds: ['S1', 'S2'] })
  const conditions = [{ field: 'status', op: 'eq' as const, value: 'ACTIVE' }]
  sync.installed.set(CONNECTOR, { ...installation, grants: [{ scope: 'write:chantiers', conditions }] })
  t.match(await run(sync, { full: true }), {
    state: 'PARTIAL',
    streams: [{ counters: { deleted: 1, quarantined: 1 } }],
  })
  t.match(await quarantined(sync), [{ externalId: 'S2', stage: 'WRITE', state: 'OPEN', raw: { deletedId: 'S2' } }])
  t.match(await chantiers(sync), [{ reference: 'S2' }])
  sync.installed.set(CONNECTOR, installation)
  t.match(await run(sync, { full: true }), { state: 'SUCCEEDED', streams: [{ counters: { deleted: 1 } }] })
  t.same(await chantiers(sync), [])
  t.match(await quarantined(sync), [{ externalId: 'S2', state: 'RESOLVED' }])
})
