import { setImmediate as turn } from 'node:timers/promises'
import type { Json } from '@annex/sdk/json'
import t from 'tap'
import { syncRuns } from '../../../runtime/sync/run.ts'
import { serveCleaner, site, sitesIn } from './erp.ts'
import { readOptions } from './fake-invocations.ts'
import { admin, CONNECTOR, ORG, openSync } from './open-sync.ts'

t.test('a worker that wakes after its lease was taken cannot commit its page', async (t) => {
  const sync = await openSync(t)
  serveCleaner(sync.invocations)
  await sync.integrations.create(admin, sitesIn)
  const frozen = Promise.withResolvers<void>()
  const thaw = Promise.withResolvers<void>()
  let readers = 0
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (request): AsyncGenerator<Json> {
    const reader = ++readers
    let offset = Number(readOptions(request).checkpoint?.offset ?? 0)
    for (; offset < 3; offset++) {
      if (reader === 1 && offset === 1) {
        frozen.resolve()
        await thaw.promise
      }
      yield { records: [site(offset, { nom: `by reader ${reader}` })], checkpoint: { offset: offset + 1 } }
    }
  })
  const started = sync.integrations.sync(admin, 'erp')
  await frozen.promise
  // Reading is ahead of writing.
  const pages = async () =>
    (await sync.store.forOrganization(ORG)(syncRuns).find({})).data[0]?.streams[0]?.counters.pages
  while ((await pages()) !== 1) await turn()
  sync.clock.pass(11_000)
  const other = sync.node(sync.store, 'n2')
  t.equal(await other.jobs.runDue(), 1)
  thaw.resolve()
  await started
  await sync.jobs.stop()

  const page = await sync.platform.list(admin, 'chantiers', {})
  const names = page.ok ? page.value.data.map(({ reference, name, rev }) => `${reference} ${name} ${rev}`).sort() : []
  t.same(names, ['S0 by reader 1 1', 'S1 by reader 2 1', 'S2 by reader 2 1'])
  t.match(await sync.integrations.runs(admin, 'erp'), {
    value: { data: [{ state: 'SUCCEEDED', streams: [{ counters: { read: 3, created: 3, pages: 3 } }] }] },
  })
  t.match((await sync.jobs.list(ORG)).data, [{ state: 'DONE', leaseToken: 2 }])
})
