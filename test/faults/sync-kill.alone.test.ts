import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createCostructorServer } from '../../extensions-examples/costructor-erp/server/costructor-server.ts'
import { isFinalRun, syncRuns } from '../../runtime/sync/run.ts'
import { checkInvariants } from './checker.ts'
import { sandboxChildrenOf } from './children-of.ts'
import { eventually } from './eventually.ts'
import { openServiceStore } from './open-service-store.ts'
import { rounds, seededRandom } from './seed.ts'
import { connectSites, endOfSync, erpSettings, isRunning, type SiteSync, startSync, syncedData } from './site-sync.ts'
import { type Service, startService } from './start-service.ts'

/** 1,000 sites in 40 pages; every 40th is broken. */
const SITES = { sites: 1000, brokenEvery: 40, latencyMs: 15 }
const PAGES = 40

const random = seededRandom(t)
const erp = await createCostructorServer(SITES)
t.teardown(() => erp.close())
const service = await startService(t, erpSettings(erp))

const undisturbed = await connectSites(service, erp)
startSync(undisturbed)
await endOfSync(undisturbed)
const expected = await syncedData(undisturbed)

t.test('the undisturbed sync brings in what is sound and sets aside what is broken', async (t) => {
  t.equal(expected.records.length, SITES.sites - erp.broken.length - erp.trials.length)
  t.same(
    expected.quarantined.map((row) => row.split(' ')[0]),
    erp.broken.map(({ id }) => id).sort(),
  )
})

for (let round = 1; round <= rounds(1); round++) {
  t.test(`kill -9 of the service in the middle of a sync loses nothing and doubles nothing (${round})`, async (t) => {
    const sync = await connectSites(service, erp)
    startSync(sync)
    const when = `killed after page ${await reachSomePage()}`
    await service.kill()
    t.equal(await openRuns(sync), 1, `the kill fell into the run: ${when}`)
    await service.start()
    await sameAsUndisturbed(t, sync, when)
  })

  t.test(`kill -9 of the sandbox in the middle of a sync loses nothing and doubles nothing (${round})`, async (t) => {
    const sync = await connectSites(service, erp)
    startSync(sync)
    const when = `killed after page ${await reachSomePage()}`
    t.not(killSandbox(service), 0, 'the sandbox had a process')
    t.equal(await isRunning(sync), true, `the kill fell into the run: ${when}`)
    await sameAsUndisturbed(t, sync, when)
  })
}

t.test('every invariant holds in what is left', async (t) => {
  t.equal(await service.stop(), 0, service.process().output())
  const store = await openServiceStore(service)
  t.teardown(() => store.close())
  t.same(await checkInvariants(store), [])
})

/** Waits for a random page of the running sync to be asked for, and a random moment of its handling. */
async function reachSomePage(): Promise<number> {
  const page = random.between(2, PAGES - 4)
  const target = erp.counters.sitePages + page
  const reached = async () => (erp.counters.sitePages >= target ? true : undefined)
  await eventually(`page ${page} is asked for`, reached, { withinMs: 30_000, everyMs: 2 })
  await sleep(random.between(0, 60))
  return page
}

/** Runs of the integration that are not over, read behind the dead service's back. */
async function openRuns({ integrationId }: SiteSync): Promise<number> {
  const store = await openServiceStore(service)
  const found = await store.asSystem('looks at what the kill left')(syncRuns).find({ limit: 1000 })
  await store.close()
  return found.data.filter((run) => run.integrationId === integrationId && !isFinalRun(run)).length
}

function killSandbox(victim: Service): number {
  const children = sandboxChildrenOf(victim.process().pid)
  for (const pid of children) process.kill(pid, 'SIGKILL')
  return children.length
}

async function sameAsUndisturbed(t: Test, sync: SiteSync, when: string): Promise<void> {
  t.equal(await endOfSync(sync), 'PARTIAL', when)
  const data = await syncedData(sync)
  t.same(data.records, expected.records, `records, ${when}`)
  t.same(data.quarantined, expected.quarantined, `quarantine, ${when}`)
}
