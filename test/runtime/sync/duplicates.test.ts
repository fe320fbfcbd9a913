import type { Json, JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { site } from './erp.ts'
import { chantiers, opened, quarantined, run } from './inbound-sync.ts'
import { CONNECTOR, type TestSync } from './open-sync.ts'

/** One page with these records, whatever the checkpoint says. */
function servePage({ invocations }: TestSync, records: JsonObject[]): void {
  invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    yield { records, checkpoint: 1 }
  })
}

async function entries(sync: TestSync): Promise<unknown[]> {
  const rows = await quarantined(sync)
  return rows.map(({ externalId, code, state, raw }) => [externalId, code, state, (raw as JsonObject).nom]).sort()
}

t.test('of two records with one id the later one is quarantined, and the page goes on', async (t) => {
  const sync = await opened(t)
  servePage(sync, [site(1), site(2, { nom: 'first' }), site(2, { nom: 'second' }), site(3)])
  const result = await run(sync)
  t.match(result, { state: 'PARTIAL', streams: [{ counters: { read: 4, created: 3, quarantined: 1 } }] })
  t.same((await chantiers(sync)).map(({ name }) => name).sort(), ['Site 1', 'Site 3', 'first'])
  t.same(await entries(sync), [['S2', 'DUPLICATE_ID', 'OPEN', 'second']])
  t.match(await quarantined(sync), [{ stage: 'SCHEMA', attempts: 1 }])
})

t.test('a number and its text are one id', async (t) => {
  const sync = await opened(t)
  sync.streams.sites = { schema: {}, primaryKey: ['id'], read: true, write: false }
  servePage(sync, [site(1, { id: '7' }), site(1, { id: 7 })])
  t.match(await run(sync), { streams: [{ counters: { quarantined: 1 } }] })
  t.match(await quarantined(sync), [{ externalId: '7', code: 'DUPLICATE_ID' }])
})

t.test('every copy beyond the first is kept, also when the first falls out by itself', async (t) => {
  const sync = await opened(t)
  servePage(sync, [site(1, { nom: 1 }), site(1, { nom: 'b' }), site(1, { nom: 'c' }), site(2)])
  t.match(await run(sync), { streams: [{ counters: { created: 1, quarantined: 3 } }] })
  const open = [
    ['S1', 'DUPLICATE_ID', 'OPEN', 'b'],
    ['S1', 'DUPLICATE_ID', 'OPEN', 'c'],
    ['S1', 'SCHEMA_MISMATCH', 'OPEN', 1],
  ]
  t.same(await entries(sync), open)
  await run(sync, { full: true })
  t.same(await entries(sync), open, 'the same page again makes no further rows')
  t.same(
    (await quarantined(sync)).map(({ attempts }) => attempts),
    [2, 2, 2],
  )
})

t.test('copies stay open as long as they come, and are resolved when the record comes alone', async (t) => {
  const sync = await opened(t)
  const copies = [site(1), site(1, { nom: 'b' }), site(1, { nom: 'c' })]
  for (let i = 0; i < 2; i++) {
    servePage(sync, copies)
    await run(sync, { full: true })
    t.same(
      (await quarantined(sync)).map(({ state }) => state),
      ['OPEN', 'OPEN'],
    )
  }
  servePage(sync, [site(1)])
  t.match(await run(sync, { full: true }), { state: 'SUCCEEDED' })
  t.same(
    (await quarantined(sync)).map(({ state }) => state),
    ['RESOLVED', 'RESOLVED'],
  )
})

t.test('a page that is mostly copies still stops the run', async (t) => {
  const sync = await opened(t)
  servePage(
    sync,
    Array.from({ length: 30 }, (_, n) => site(n % 10)),
  )
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR' }] })
  t.same(await chantiers(sync), [])
})
