import type { Json } from '@annex/sdk/json'
import t from 'tap'
import type { StreamBinding } from '../../../runtime/sync/stream-binding.ts'
import { serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { Ends, readOptions } from './fake-invocations.ts'
import { chantiers, events, opened, quarantined, run, sites } from './inbound-sync.ts'
import { admin, CLEANER, CONNECTOR, openSync } from './open-sync.ts'

t.test('records arrive mapped, transformed, once each (S-201, S-202)', async (t) => {
  const sync = await opened(t, sites(250))
  const started = await sync.integrations.sync(admin, 'erp')
  t.match(started, { ok: true, value: { finished: true, job: { state: 'DONE' }, result: { state: 'SUCCEEDED' } } })
  t.match(started.ok && started.value.result.streams, [
    { stream: 'sites', counters: { read: 250, created: 250, pages: 3 } },
  ])
  const records = await chantiers(sync)
  t.equal(records.length, 250)
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
      ['S120', 'TRANSFORM', end === 'USER_ERROR' ? 'Error' : end],
      ['S17', 'TRANSFORM', end === 'USER_ERROR' ? 'Error' : end],
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

t.test(
  'a stream that is bound to another resource is read from the beginning, and all of it is written there',
  async (t) => {
    const sync = await opened(t, sites(5))
    const bound = sitesIn.streams.sites
    if (!bound) throw new Error('no sites')
    await run(sync)
    const fieldMappings: StreamBinding['fieldMappings'] = [
      { sourceField: 'id', targetField: 'workerId' },
      { sourceField: 'day', targetField: 'day', defaultValue: '2026-11-20' },
      { sourceField: 'minutes', targetField: 'minutes', defaultValue: 60 },
      { sourceField: 'state', targetField: 'status', defaultValue: 'DRAFT' },
    ]
    const { transformations: _, ...plain } = bound
    const streams = { sites: { ...plain, resource: 'timesheets', fieldMappings } }
    t.match(await sync.integrations.update(admin, 'erp', { streams }), { ok: true })
    t.match(await run(sync), { state: 'SUCCEEDED', streams: [{ counters: { read: 5, created: 5 } }] })
    t.match(await sync.platform.list(admin, 'timesheets', {}), { value: { data: Array(5).fill({ workerId: /^S/ }) } })
    t.match(await run(sync), { streams: [{ counters: { read: 0 } }] })
    await sync.integrations.update(admin, 'erp', { streams: { sites: bound } })
    t.match(await run(sync), { streams: [{ counters: { read: 5, created: 0, unchanged: 5 } }] })
  },
)

t.test('what was resolved is forgotten after 30 days, what is open is not', async (t) => {
  const records = [site(1, { nom: 1 }), site(2, { nom: 1 })]
  const sync = await opened(t, records)
  await run(sync)
  records[0] = site(1)
  await run(sync, { full: true })
  const states = async () => (await quarantined(sync)).map(({ externalId, state }) => `${externalId} ${state}`).sort()
  t.same(await states(), ['S1 RESOLVED', 'S2 OPEN'])
  sync.clock.pass(29 * 24 * 60 * 60 * 1_000)
  await run(sync)
  t.same(await states(), ['S1 RESOLVED', 'S2 OPEN'])
  sync.clock.pass(2 * 24 * 60 * 60 * 1_000)
  await run(sync)
  t.same(await states(), ['S2 OPEN'])
})
