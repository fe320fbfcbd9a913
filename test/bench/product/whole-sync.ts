import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeSites } from '../../../extensions-examples/costructor-erp/server/make-sites.ts'
import { createIds } from '../../../runtime/ids.ts'
import { collectionOf, platformCollections } from '../../../runtime/platform/resource-collections.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import { chantiers } from '../../../sdk/resources/chantiers.ts'
import {
  connectSites,
  ORGANIZATION,
  openRealSync,
  orThrow,
  owner,
  type RealSync,
} from '../../runtime/sync/real-sync.ts'
import { createSiteUpstream } from '../../runtime/sync/site-upstream.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'

const PAGES = 500
const PAGE = 200
const RECORDS = PAGES * PAGE
/** Records a second, on the embedded store. */
const GOAL = 10_000

/** Sites over loopback HTTP, a real connector, ten mapped fields, the cleaner in its cage, the platform API; one commit a page. */
export async function wholeSync(): Promise<BenchLine[]> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const upstream = await createSiteUpstream({ sites: RECORDS, pageSize: PAGE, brokenEvery: 0 })
  const code = { connector: await extensionCode('costructor-erp'), cleaner: await extensionCode('site-cleaner') }
  const engine = { kind: 'sqlite' as const, path: join(folder, 'bench.db') }
  const sync = await openRealSync({ engine, port: upstream.port, code, nodeId: 'bench' })
  try {
    const whole = await measure(sync, true)
    const unclean = await measure(sync, false)
    const again = await measure(sync, true)
    const raw = await rawStore(join(folder, 'raw.db'))
    const peer = { value: raw, against: 'the bare store: as many documents inserted, 200 a commit' }
    const goal = { of: 'ours', atLeast: GOAL } as const
    return [
      benchLine('sync of 100,000 over 500 pages', 'records/s', whole, { peer, goal }),
      benchLine('the same without a transformation', 'records/s', unclean, { peer }),
      benchLine('the same into a store that has 200,000 records', 'records/s', again, { peer }),
    ]
  } finally {
    await sync.close()
    await upstream.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(sync: RealSync, clean: boolean): Promise<number> {
  const name = `sites ${performance.now()}`
  const integration = await connectSites(sync, { name, pageSize: PAGE, clean })
  const began = performance.now()
  const { job } = orThrow(await sync.runtime.integrations.sync(owner, integration))
  for (;;) {
    const { activeRun, lastResult } = orThrow(await sync.runtime.integrations.status(owner, integration))
    if (activeRun) {
      await sleep(20)
      continue
    }
    const [stream] = lastResult?.streams ?? []
    if (lastResult?.state === 'SUCCEEDED' && stream?.counters.read === RECORDS) break
    throw new Error(`job ${job._id} ended with ${JSON.stringify(lastResult)}`)
  }
  return RECORDS / ((performance.now() - began) / 1000)
}

/** What the store alone makes of it: the same documents, durable, without links, events, hashes or checks. */
async function rawStore(path: string): Promise<number> {
  const engine = { kind: 'sqlite' as const, path }
  const clock = { now: Date.now, iso: () => new Date().toISOString() }
  const store = await openStore({ engine, collections: platformCollections, clock, ids: createIds(Date.now) })
  const sites = makeSites(RECORDS, 0).sites
  const at = clock.iso()
  const began = performance.now()
  for (let start = 0; start < RECORDS; start += PAGE) {
    const drafts = sites.slice(start, start + PAGE).map(({ updatedAt: _, ...fields }, i) => ({
      ...{ _id: `rec_${start + i}`, createdAt: at, updatedAt: at, change: start + i, fields: { ...fields } },
    }))
    await store.tx((tx) => tx.forOrganization(ORGANIZATION)(collectionOf(chantiers)).insertMany(drafts))
  }
  const perSecond = RECORDS / ((performance.now() - began) / 1000)
  await store.close()
  return perSecond
}
