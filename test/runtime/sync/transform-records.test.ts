import { setImmediate as turn } from 'node:timers/promises'
import type { Json, JsonObject } from '@annex/sdk/json'
import t from 'tap'
import type { InvocationRequest } from '../../../runtime/invocations/invocation.ts'
import { serveSites, site } from './erp.ts'
import { Ends, listOf } from './fake-invocations.ts'
import { chantiers, opened, quarantined, run, sites } from './inbound-sync.ts'
import { admin, CLEANER, CONNECTOR, ORG, type TestSync } from './open-sync.ts'

/** What the cleaner was sent, and how many calls were under way at once. */
interface Watch {
  frames: number[]
  most: number
  now: number
}

/** Answers each batch after `turns` turns of the event loop. */
function serve(
  { invocations }: TestSync,
  answer: (batch: JsonObject[], watch: Watch) => Json,
  turns: (batch: JsonObject[]) => number = () => 2,
): Watch {
  const watch: Watch = { frames: [], most: 0, now: 0 }
  invocations.handlers.set(`${CLEANER} transform`, async (request: InvocationRequest) => {
    const batch = listOf(request)
    watch.frames.push(batch.length)
    watch.most = Math.max(watch.most, ++watch.now)
    try {
      for (let left = turns(batch); left > 0; left--) {
        await turn()
        if (request.signal?.aborted) throw new Ends('CANCELLED')
      }
      return answer(batch, watch)
    } finally {
      watch.now--
    }
  })
  return watch
}

const whole = (batch: JsonObject[]): Json => batch.map((record) => ({ ok: record }))
const numberOf = (record: JsonObject | undefined): number => Number(String(record?.reference).slice(1))

function page({ invocations }: TestSync, records: JsonObject[]): void {
  serveSites(invocations, records, { pageSize: () => 1_000 })
}

t.test('a large page goes through in frames of about 250, two at a time', async (t) => {
  for (const [count, frames] of [
    [1_000, Array(4).fill(250)],
    [600, [200, 200, 200]],
    [251, [126, 125]],
    [250, [250]],
    [1, [1]],
  ] as const) {
    const sync = await opened(t)
    page(sync, sites(count))
    const watch = serve(sync, whole)
    t.match(await run(sync), { streams: [{ counters: { created: count, pages: 1 } }] })
    t.same(watch.frames, frames)
    t.equal(watch.most, Math.min(2, frames.length))
  }
})

t.test('large records go through in smaller frames', async (t) => {
  const sync = await opened(t)
  sync.streams.sites = { schema: {}, primaryKey: ['id'], read: true, write: false }
  page(
    sync,
    Array.from({ length: 30 }, (_, n) => site(n, { adresse: { ville: 'x'.repeat(100_000) } })),
  )
  const watch = serve(sync, (batch) => batch.map((record) => ({ ok: { ...record, city: 'Lyon' } })))
  await run(sync)
  t.same(watch.frames, [10, 10, 10])
})

t.test('records keep their order, whichever frame is answered first', async (t) => {
  const sync = await opened(t)
  page(sync, sites(400))
  serve(sync, whole, (batch) => 9 - Math.floor(numberOf(batch[0]) / 50))
  await run(sync)
  const page1 = await sync.platform.changes(
    { ...installation(sync), grants: [{ scope: 'read:chantiers' }] },
    'chantiers',
    { limit: 400 },
  )
  const order = page1.ok ? page1.value.data.map(({ reference }) => reference) : []
  t.same(
    order,
    sites(400).map(({ id }) => id),
  )
})

function installation(sync: TestSync) {
  const active = sync.installed.get(CONNECTOR)
  if (!active) throw new Error('not installed')
  const { id, extension, version, epoch, organizationId } = active
  return { kind: 'installation' as const, installationId: id, organizationId, extension, version, epoch, grants: [] }
}

t.test('poison in two frames under way is found in both, and nobody else is blamed', async (t) => {
  for (const end of ['CPU', 'MEMORY', 'CRASH', 'QUOTA', 'USER_ERROR'] as const) {
    const sync = await opened(t)
    page(sync, sites(400))
    const poison = new Set([5, 150, 151, 399])
    const watch = serve(sync, (batch) => {
      if (batch.some((record) => poison.has(numberOf(record)))) throw new Ends(end)
      return whole(batch)
    })
    t.match(await run(sync), { streams: [{ counters: { created: 396, quarantined: 4 } }] }, end)
    t.same((await quarantined(sync)).map(({ externalId }) => externalId).sort(), ['S150', 'S151', 'S399', 'S5'])
    t.equal(watch.most, 2)
  }
})

t.test('a frame whose process died with its neighbour is not suspected', async (t) => {
  const sync = await opened(t)
  page(sync, sites(400))
  let deaths = 0
  const dead = new Set<JsonObject[]>()
  const flying = new Set<JsonObject[]>()
  sync.invocations.handlers.set(`${CLEANER} transform`, async (request) => {
    const batch = listOf(request)
    flying.add(batch)
    for (let left = 4; left > 0; left--) await turn()
    flying.delete(batch)
    if (batch.some((record) => numberOf(record) === 42)) {
      deaths++
      for (const other of flying) dead.add(other)
      throw new Ends('MEMORY')
    }
    if (dead.has(batch)) throw new Ends('CRASH')
    return whole(batch)
  })
  t.match(await run(sync), { streams: [{ counters: { created: 399, quarantined: 1 } }] })
  t.match(await quarantined(sync), [{ externalId: 'S42', code: 'MEMORY' }])
  t.ok(deaths > 5, `${deaths} deaths, each of which takes along whatever else is under way`)
})

t.test('records that are all poison stop the search early', async (t) => {
  const sync = await opened(t)
  page(sync, sites(100))
  const watch = serve(sync, () => {
    throw new Ends('CPU')
  })
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR' }] })
  t.ok(watch.frames.length < 150, `${watch.frames.length} calls`)
  const rows = await sync.integrations.quarantine(admin, 'erp', { limit: 200 })
  t.equal(rows.ok && rows.value.data.length, 51)
})

t.test('a failure that is not in the records ends the other call too', async (t) => {
  const sync = await opened(t)
  page(sync, sites(400))
  const watch = serve(
    sync,
    (batch) => {
      if (numberOf(batch[0]) === 0) throw new Ends('PERMISSION')
      return whole(batch)
    },
    (batch) => (numberOf(batch[0]) > 0 ? 100_000 : 2),
  )
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'PERMISSION' }] })
  t.equal(watch.now, 0, 'nothing is left under way')
  t.same(await chantiers(sync), [])
})

t.test('a cancelled run leaves no call under way and writes nothing', async (t) => {
  const sync = await opened(t)
  page(sync, sites(400))
  const watch = serve(sync, whole, () => 1_000_000)
  const started = sync.integrations.sync(admin, 'erp')
  while (watch.now < 2) await turn()
  const [job] = (await sync.jobs.list(ORG)).data
  await sync.jobs.cancel(ORG, job?._id ?? '')
  t.match(await started, { value: { result: { state: 'CANCELLED' } } })
  while (watch.now > 0) await turn()
  t.equal(watch.frames.length, 2)
  t.same(await chantiers(sync), [])
})
