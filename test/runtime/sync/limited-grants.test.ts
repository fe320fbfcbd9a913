import type { ScopeLimits } from '@annex/sdk/scope-limits'
import t from 'tap'
import { chantiers, opened, quarantined, run, sites } from './inbound-sync.ts'
import { CONNECTOR } from './open-sync.ts'

type Sync = Awaited<ReturnType<typeof opened>>

function limit({ installed }: Sync, limits: ScopeLimits): void {
  const installation = installed.get(CONNECTOR)
  if (!installation) throw new Error('not installed')
  installed.set(CONNECTOR, { ...installation, grants: [{ scope: 'write:chantiers', ...limits }] })
}

t.test('a sync writes as many rows at a time as the grant lets', async (t) => {
  const sync = await opened(t, sites(25))
  limit(sync, { maxRows: 4 })
  t.match(await run(sync), { state: 'SUCCEEDED', streams: [{ counters: { created: 25 } }] })
  t.equal((await chantiers(sync)).length, 25)
})

t.test('rows with a field that is not granted are quarantined', async (t) => {
  const sync = await opened(t, sites(2))
  limit(sync, { columns: ['reference', 'name'] })
  t.match(await run(sync), { streams: [{ counters: { created: 0, quarantined: 2 } }] })
  t.match(await quarantined(sync), [{ stage: 'WRITE', code: 'PERMISSION_DENIED', message: /without the field/ }, {}])
  t.same(await chantiers(sync), [])
})

t.test('outside the hours of the grant nothing is written', async (t) => {
  const sync = await opened(t, sites(2))
  const hour = new Date(sync.clock.now()).getUTCHours()
  const two = (at: number) => `${String(at % 24).padStart(2, '0')}:00`
  limit(sync, { hours: { from: two(hour + 2), to: two(hour + 3), timezone: 'UTC' } })
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'PERMISSION_DENIED', message: /only from/ }] })
  t.same(await chantiers(sync), [])
  limit(sync, { hours: { from: two(hour), to: two(hour + 1), timezone: 'UTC' } })
  t.match(await run(sync), { streams: [{ counters: { created: 2 } }] })
})
