import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createCostructorServer } from '../../extensions-examples/costructor-erp/server/costructor-server.ts'
import { checkInvariants } from '../faults/checker.ts'
import { eventually } from '../faults/eventually.ts'
import { openServiceStore } from '../faults/open-service-store.ts'
import { seededRandom } from '../faults/seed.ts'
import { connectSites, endOfSync, erpSettings, startSync, syncedData } from '../faults/site-sync.ts'
import { startService } from '../faults/start-service.ts'

t.test('a node that wakes up behind its lease changes nothing of what another one finished', async (t) => {
  const random = seededRandom(t)
  const erp = await createCostructorServer({ sites: 500, brokenEvery: 40, latencyMs: 15 })
  t.teardown(() => erp.close())
  const settings = { ...erpSettings(erp), ANNEX_MASTER_KEY: randomBytes(32).toString('base64') }
  const sleeper = await startService(t, settings)
  const sync = await connectSites(sleeper, erp)
  startSync(sync)
  const target = erp.counters.sitePages + random.between(2, 16)
  const reached = async () => (erp.counters.sitePages >= target ? true : undefined)
  await eventually('the sync is under way', reached, { withinMs: 30_000, everyMs: 2 })
  sleeper.process().freeze()

  const other = await startService(t, { ...settings, ANNEX_SEED: 'off' }, sleeper.store)
  const seenByOther = { ...sync, admin: sync.admin.at(other.url) }
  t.equal(await endOfSync(seenByOther), 'PARTIAL')
  const finished = await syncedData(seenByOther)
  t.equal(finished.records.length, 500 - erp.broken.length - erp.trials.length)

  sleeper.process().thaw()
  await sleep(2_000)
  t.same(await syncedData(seenByOther), finished)
  t.equal(await endOfSync(sync), 'PARTIAL', 'the woken node sees it as well')
  t.equal(await sleeper.stop(), 0)
  t.equal(await other.stop(), 0)
  const store = await openServiceStore(other)
  t.teardown(() => store.close())
  t.same(await checkInvariants(store), [])
})
