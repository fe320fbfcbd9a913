import type { Json, JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import type { SyncResult } from '../../../runtime/sync/run.ts'
import { CREDENTIALS, serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { Ends, readOptions } from './fake-invocations.ts'
import { admin, CLEANER, CONNECTOR, ORG, openSync, SITES, type TestSync } from './open-sync.ts'

async function opened(t: Parameters<typeof openSync>[0], records: readonly JsonObject[] = []): Promise<TestSync> {
  const sync = await openSync(t)
  serveSites(sync.invocations, records)
  serveCleaner(sync.invocations)
  const created = await sync.integrations.create(admin, sitesIn)
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  return sync
}

async function run({ integrations }: TestSync, request = {}): Promise<SyncResult> {
  const started = await integrations.sync(admin, 'erp', request)
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  return started.value.result
}

async function chantiers({ platform }: TestSync): Promise<JsonObject[]> {
  const page = await platform.list(admin, 'chantiers', { limit: 200 })
  if (!page.ok) throw new Error(page.error.message)
  return page.value.data
}

async function events({ store }: TestSync): Promise<string[]> {
  const where = { partition: ORG }
  return (await store.asSystem('test')(outboxEvents).find({ where, limit: 1000 })).data.map(({ type }) => type)
}

async function quarantined({ integrations }: TestSync) {
  const page = await integrations.quarantine(admin, 'erp')
  return page.ok ? page.value.data : []
}

const sites = (count: number): JsonObject[] => Array.from({ length: count }, (_, n) => site(n))

t.test('records arrive mapped, transformed, once each (S-201, S-202)', async (t) => {
  const sync = await opened(t, sites(250))
  const started = await sync.integrations.sync(admin, 'erp')
  t.match(started, { ok: true, value: { finished: true, job: { state: 'DONE' }, result: { state: 'SUCCEEDED' } } })
  t.match(started.ok && started.value.result.streams, [
    { stream: 'sites', counters: { read: 250, created: 250, pages: 3 } },
  ])
  const records = await chantiers(sync)
  t.equal(records.length, 200, 'a full page of 250')
  t.match(
    records.find(({ reference }) => reference === 'S7'),
    { name: 'Site 7', status: 'ACTIVE', city: 'Lyon' },
  )
  t.equal((await events(sync)).length, 250)
})

t.test('what is the same is not written again and emits nothing', async (t) => {
  const records = sites(30)
  const sync = await opened(t, records)
  await run(sync)
  records[3] = site(3, { nom: 'Renamed' })
  const result = await run(sync, { full: true })
  t.match(result.streams[0]?.counters, { read: 30, created: 0, updated: 1, unchanged: 29 })
  const types = await events(sync)
  t.equal(types.length, 31)
  t.equal(types.at(-1), 'chantiers.updated')
})

t.test('a field that the source no longer has is taken away', async (t) => {
  const records = [site(1)]
  const sync = await opened(t, records)
  await run(sync)
  records[0] = site(1, { adresse: {} })
  await run(sync, { full: true })
  t.notOk(Object.hasOwn((await chantiers(sync))[0] ?? {}, 'city'))
})

t.test('500 records of one instant all arrive, and an inclusive re-read of them writes nothing', async (t) => {
  const instant = '2026-11-20T10:00:00.000Z'
  const records = Array.from({ length: 500 }, (_, n) => site(n, { updatedAt: instant }))
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (request): AsyncGenerator<Json> {
    const since = readOptions(request).checkpoint?.since ?? ''
    const due = records.filter((record) => String(record.updatedAt) >= String(since))
    for (let start = 0; start < due.length; start += 100) {
      yield {
        records: due.slice(start, start + 100),
        checkpoint: { since: start + 100 < due.length ? since : instant },
      }
    }
  })
  t.match((await run(sync)).streams[0]?.counters, { read: 500, created: 500 })
  t.match((await run(sync)).streams[0]?.counters, { read: 500, created: 0, updated: 0, unchanged: 500 })
  t.equal((await events(sync)).length, 500)
})

t.test('the upper bound is fixed at the start and kept by a resumed run', async (t) => {
  const sync = await opened(t)
  const bounds: string[] = []
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (request): AsyncGenerator<Json> {
    bounds.push(readOptions(request).upperBound)
    if (bounds.length < 6) throw new Ends('USER_ERROR', { code: 'CONNECTION_FAILED' })
    yield { records: [site(1)], checkpoint: 1 }
  })
  const started = await sync.integrations.sync(admin, 'erp')
  t.match(started, { ok: true, value: { finished: false, job: { state: 'READY' } } }, 'S-203, S-204: into the queue')
  t.same(sync.pauses, [1_000, 2_000, 4_000], 'S-119')
  sync.clock.pass(60 * 60 * 1_000)
  await sync.jobs.runDue()
  t.equal(bounds.length, 6)
  t.equal(new Set(bounds).size, 1)
  t.match(await sync.integrations.status(admin, 'erp'), { value: { lastResult: { state: 'SUCCEEDED' } } }, 'S-205')
})

t.test('a bad record falls out at its stage and the others go on', async (t) => {
  const records = [
    ...sites(40),
    { nom: 'no id' },
    site(100, { nom: 1 }),
    site(101, { etat: 'Inconnu' }),
    site(102, { adresse: { ville: 'bad' } }),
    site(103, { etat: 'Perdu' }),
    site(104, { nom: '\ud800' }),
  ]
  const sync = await opened(t, records)
  const result = await run(sync)
  t.equal(result.state, 'PARTIAL')
  t.match(result.streams[0]?.counters, { read: 46, created: 40, quarantined: 6 })
  const rows = new Map((await quarantined(sync)).map((row) => [row.externalId, row]))
  t.match(rows.get('S100'), { stage: 'SCHEMA', code: 'SCHEMA_MISMATCH', state: 'OPEN', attempts: 1, raw: { nom: 1 } })
  t.match(rows.get('S101'), { stage: 'MAPPING', code: 'FIELD_TRANSFORMATION_FAILED' })
  t.match(rows.get('S102'), { stage: 'TRANSFORM', code: 'NO_CITY', message: 'no such city' })
  t.match(rows.get('S103'), { stage: 'WRITE', code: 'INVALID_ARGUMENT' })
  t.match(rows.get('S104'), { stage: 'MAPPING', code: 'ILL_FORMED_TEXT' })
  t.match(
    [...rows.values()].find(({ externalId }) => externalId.startsWith('?')),
    { code: 'PRIMARY_KEY_MISSING' },
  )
})

t.test('a quarantined record counts up, and is resolved when a later version passes', async (t) => {
  const records = [...sites(3), site(9, { nom: 1 })]
  const sync = await opened(t, records)
  await run(sync)
  await run(sync, { full: true })
  t.match(await quarantined(sync), [{ externalId: 'S9', attempts: 2, state: 'OPEN' }])
  records[3] = site(9)
  t.equal((await run(sync, { full: true })).state, 'SUCCEEDED')
  t.match(await quarantined(sync), [{ externalId: 'S9', attempts: 2, state: 'RESOLVED' }])
})

t.test('poison that kills the transformation is found and quarantined alone', async (t) => {
  for (const end of ['CPU', 'MEMORY', 'USER_ERROR', 'CRASH'] as const) {
    const records = sites(150)
    records[17] = site(17, { adresse: { ville: 'poison' } })
    records[120] = site(120, { adresse: { ville: 'poison' } })
    const sync = await opened(t, records)
    serveCleaner(sync.invocations, ({ city }) => {
      if (city === 'poison') throw new Ends(end)
    })
    const result = await run(sync)
    t.match(result.streams[0]?.counters, { created: 148, quarantined: 2 }, end)
    t.same((await quarantined(sync)).map(({ externalId, stage, code }) => [externalId, stage, code]).sort(), [
      ['S120', 'TRANSFORM', end],
      ['S17', 'TRANSFORM', end],
    ])
  }
})

t.test('a transformation that answers nonsense is no reason to lose records', async (t) => {
  const sync = await opened(t, sites(10))
  sync.invocations.handlers.set(`${CLEANER} transform`, () => ({ length: 10 }))
  t.equal((await run(sync)).state, 'PARTIAL')
  t.match((await quarantined(sync)).length, 10)
  t.match((await quarantined(sync))[0], { stage: 'TRANSFORM', code: 'INVALID_RESULT' })
})

t.test('dropped records are counted with their reason in the log', async (t) => {
  const sync = await opened(t, [...sites(2), site(5, { adresse: { ville: 'drop' } })])
  const result = await run(sync)
  t.match(result, { state: 'SUCCEEDED', streams: [{ counters: { created: 2, dropped: 1 } }] })
  const logs = await sync.integrations.logs(admin, 'erp')
  t.ok(logs.ok && logs.value.data.some(({ message }) => message === 'left out S5: not ours'))
})

t.test('more than half of a page rejected stops the run and writes nothing but the quarantine', async (t) => {
  const records = Array.from({ length: 40 }, (_, n) => site(n, n < 21 ? { nom: 1 } : {}))
  const sync = await opened(t, records)
  const result = await run(sync)
  t.match(result, { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR', stream: 'sites' }] })
  t.equal(result.streams[0]?.checkpointTo, undefined)
  t.same(await chantiers(sync), [])
  t.equal((await quarantined(sync)).length, 21)
  t.match(await sync.integrations.status(admin, 'erp'), { value: { healthStatus: 'UNHEALTHY' } })
})

t.test('exactly half of a page rejected goes through', async (t) => {
  const records = Array.from({ length: 40 }, (_, n) => site(n, n < 20 ? { nom: 1 } : {}))
  t.match(await run(await opened(t, records)), { state: 'PARTIAL', streams: [{ counters: { created: 20 } }] })
})

t.test('more than 1,000 rejected in a run stop it', async (t) => {
  const records = Array.from({ length: 3_000 }, (_, n) => site(n, n % 5 < 2 ? { nom: 1 } : {}))
  const result = await run(await opened(t, records))
  t.match(result, { state: 'FAILED', errors: [{ message: /more than 1000 records/ }] })
  t.match(result.streams[0]?.counters, { quarantined: 1_000 })
})

t.test('a page beyond the bounds stops the run', async (t) => {
  const pages: Record<string, Json> = {
    'too many': { records: sites(1_001), checkpoint: 1 },
    'too large': { records: [site(1, { blob: 'x'.repeat(4 * 1024 * 1024) })], checkpoint: 1 },
    'no checkpoint': { records: [] },
    'not a page': 'hello',
    'records no list': { records: { length: 1 }, checkpoint: 1 },
    'same id twice': { records: [site(1), site(1)], checkpoint: 1 },
    'present and deleted': { records: [site(1)], deletedIds: ['S1'], checkpoint: 1 },
    'too deep': { records: [], checkpoint: JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`) },
    'huge checkpoint': { records: [], checkpoint: 'x'.repeat(9_000) },
  }
  for (const [name, page] of Object.entries(pages)) {
    const sync = await opened(t)
    sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
      yield page
    })
    t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR' }] }, name)
  }
})

t.test('deleted ids mark the link, and remove the record where the binding says so', async (t) => {
  for (const deletes of ['keep', 'remove'] as const) {
    const sync = await openSync(t)
    serveCleaner(sync.invocations)
    const bound = sitesIn.streams.sites
    if (!bound) throw new Error('no sites')
    await sync.integrations.create(admin, { ...sitesIn, streams: { sites: { ...bound, deletes } } })
    serveSites(sync.invocations, sites(5))
    await run(sync)
    serveSites(sync.invocations, [], { deletedIds: ['S2', 'S4', 'unknown'] })
    t.match((await run(sync)).streams[0]?.counters, { deleted: 2 })
    t.match((await run(sync, { full: true })).streams[0]?.counters, { deleted: 0 }, 'only once')
    t.equal((await chantiers(sync)).length, deletes === 'keep' ? 5 : 3)
    serveSites(sync.invocations, [site(2)])
    t.match(
      (await run(sync, { full: true })).streams[0]?.counters,
      deletes === 'keep' ? { unchanged: 1 } : { created: 1 },
    )
    t.equal((await chantiers(sync)).length, deletes === 'keep' ? 5 : 4)
  }
})

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
    before: (offset) => {
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
