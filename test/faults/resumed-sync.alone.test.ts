import t from 'tap'
import { collectionOf } from '../../runtime/platform/resource-collections.ts'
import type { Collection, Stored } from '../../runtime/storage/port.ts'
import { syncLinks } from '../../runtime/sync/link.ts'
import { syncQuarantine } from '../../runtime/sync/quarantine.ts'
import { isFinalRun, syncRuns } from '../../runtime/sync/run.ts'
import { chantiers } from '../../sdk/resources/chantiers.ts'
import { extensionCode } from '../bench/bundles/extension-code.ts'
import { connectSites, ORGANIZATION, openRealSync, orThrow, owner, type RealSync } from '../runtime/sync/real-sync.ts'
import { createSiteUpstream } from '../runtime/sync/site-upstream.ts'
import { sandboxChildrenOf } from './children-of.ts'
import { eventually } from './eventually.ts'
import { seededRandom } from './seed.ts'
import { testEngine } from './test-engine.ts'

/** The full size is for the long mode. */
const PAGES = process.env.TEST_MODES === 'every' ? 500 : 40
const PAGE_SIZE = process.env.TEST_MODES === 'every' ? 200 : 50
const STOPS = 10
/** Shorter than what the runner gives a file, so that what is waited for is named. */
const WITHIN_MS = process.env.TEST_MODES === 'every' ? 600_000 : 90_000
/** How a run is stopped, in turn. A paused integration's run is over: another one goes on. */
const WAYS = [
  ...(['pause', 'kill of the sandbox', 'pause', 'pause', 'restart of the service'] as const),
  ...(['pause', 'kill of the sandbox', 'pause', 'kill of the sandbox', 'pause'] as const),
]

type Way = (typeof WAYS)[number]

const random = seededRandom(t)
const upstream = await createSiteUpstream({ sites: PAGES * PAGE_SIZE, pageSize: PAGE_SIZE, brokenEvery: 400 })
t.teardown(() => upstream.close())
const code = { connector: await extensionCode('costructor-erp'), cleaner: await extensionCode('site-cleaner') }
const { engine } = testEngine(t, t.testdir())
const gate = createGate()
let starts = 0
const start = () => openRealSync({ engine, port: upstream.port, code, nodeId: `n${++starts}` })
let sync: RealSync = await start()
t.teardown(() => sync.close())

t.test('a sync that is stopped at ten random pages ends as one that nobody disturbed', async (t) => {
  const options = { pageSize: PAGE_SIZE, clean: true }
  const undisturbed = await connectSites(sync, { ...options, name: 'undisturbed' })
  await sync.runtime.integrations.sync(owner, undisturbed)
  const expected = await outcomeOf(undisturbed)
  t.ok(expected.records.length > PAGES * PAGE_SIZE * 0.9)
  t.ok(expected.quarantined.length > 0)

  const stopped = await connectSites(sync, { ...options, name: 'stopped' })
  const stops = randomPages()
  gate.moveTo(stops[0])
  const started: Promise<unknown>[] = [sync.runtime.integrations.sync(owner, stopped).then(orThrow)]
  for (const [at, page] of stops.entries()) {
    const way = WAYS[at % WAYS.length] as Way
    await held(stopped, page)
    t.ok(await isRunning(stopped), `${way} while page ${page} is read`)
    await stop(way, stopped, () => gate.moveTo(stops[at + 1]))
    if (way === 'pause') started.push(sync.runtime.integrations.sync(owner, stopped).then(orThrow))
  }
  await Promise.all(started)
  const outcome = await outcomeOf(stopped)
  t.same(outcome.records, expected.records, 'the same records, none twice')
  t.same(outcome.links, expected.links, 'each linked once, to its own')
  t.same(outcome.quarantined, expected.quarantined, 'the same quarantine')
  t.same(outcome.counters, expected.counters, 'and all runs together have counted them')
})

/** Ten different pages, in order. The last one is left out: after it there is nothing to stop. */
function randomPages(): number[] {
  const pages = new Set<number>()
  while (pages.size < STOPS) pages.add(random.between(1, PAGES - 2))
  return [...pages].sort((a, b) => a - b)
}

/** Holds back the answers from one page on. */
function createGate() {
  let from = Number.POSITIVE_INFINITY
  const held: (() => void)[] = []
  upstream.onPage = async (page) => {
    if (page < from) return
    await new Promise<void>((go) => held.push(go))
  }
  return {
    isReached: () => held.length > 0,
    /** To the end, without a page. */
    moveTo(page: number | undefined): void {
      from = page ?? Number.POSITIVE_INFINITY
      for (const go of held.splice(0)) go()
    },
  }
}

async function stop(way: Way, integration: string, letGo: () => void): Promise<void> {
  const { integrations } = sync.runtime
  if (way === 'pause') {
    orThrow(await integrations.update(owner, integration, { status: 'PAUSED' }))
    await ended(integration)
    letGo()
    orThrow(await integrations.update(owner, integration, { status: 'ACTIVE' }))
  } else if (way === 'kill of the sandbox') {
    for (const pid of sandboxChildrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    letGo()
  } else {
    await sync.close()
    letGo()
    sync = await start()
  }
}

const patience = { withinMs: WITHIN_MS }

/** A run that fails on its way never comes there: why it did is to be told, rather than waited out. */
function held(integration: string, page: number): Promise<true> {
  const ask = async () => {
    if (gate.isReached()) return true
    const failed = (await all(syncRuns)).find((run) => run.integrationId === integration && run.state === 'FAILED')
    if (failed) throw new Error(`the run failed before page ${page}: ${JSON.stringify(failed.errors)}`)
    return undefined
  }
  return eventually(`page ${page} is asked for`, ask, { ...patience, everyMs: 10 })
}

function ended(integration: string): Promise<true> {
  return eventually('the run ends', async () => ((await isRunning(integration)) ? undefined : true), patience)
}

async function isRunning(integration: string): Promise<boolean> {
  return (await all(syncRuns)).some((run) => run.integrationId === integration && !isFinalRun(run))
}

/** What the integration left behind when its last run is over: no ids of ours, no instants. */
async function outcomeOf(integration: string) {
  await ended(integration)
  const mine = (one: { integrationId: string }) => one.integrationId === integration
  const links = (await all(syncLinks)).filter(mine)
  const records = new Map((await all(collectionOf(chantiers))).map(({ _id, fields }) => [_id, fields]))
  const runs = (await all(syncRuns)).filter(mine).flatMap(({ streams }) => streams)
  const sum = (name: 'created' | 'quarantined' | 'dropped') =>
    runs.reduce((total, { counters }) => total + counters[name], 0)
  return {
    records: links.map(({ localId }) => JSON.stringify(records.get(localId))).sort(),
    links: links.map(({ externalId, localId, hash }) => `${externalId} ${hash} ${records.has(localId)}`).sort(),
    quarantined: (await all(syncQuarantine))
      .filter(mine)
      .map(({ externalId, code, state }) => `${externalId} ${code} ${state}`)
      .sort(),
    counters: { created: sum('created'), quarantined: sum('quarantined'), dropped: sum('dropped') },
  }
}

async function all<T extends Stored>(collection: Collection<T>): Promise<T[]> {
  const documents = sync.store.forOrganization(ORGANIZATION)(collection)
  const found: T[] = []
  let cursor: string | undefined
  do {
    const page = await documents.find({ where: { _id: { $gte: '' } }, limit: 1000, ...(cursor && { cursor }) })
    found.push(...page.data)
    cursor = page.nextCursor
  } while (cursor)
  return found
}
