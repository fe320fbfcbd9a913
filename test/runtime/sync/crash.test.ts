import type { JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import { syncQuarantine } from '../../../runtime/sync/quarantine.ts'
import { createCrashingStore } from './crashing-store.ts'
import { serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { Ends } from './fake-invocations.ts'
import { admin, ORG, openSync, type TestSync } from './open-sync.ts'

const SEED = Number(process.env.SYNC_SEED ?? 20261121)
const ROUNDS = 30
let deaths = 0

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** About one in ten falls out, at each of the four stages. */
function source(random: () => number): JsonObject[] {
  return Array.from({ length: 60 + Math.floor(random() * 60) }, (_, n) => {
    const fate = Math.floor(random() * 50)
    if (fate === 0) return site(n, { nom: 5 })
    if (fate === 1) return site(n, { etat: 'unknown' })
    if (fate === 2) return site(n, { adresse: { ville: 'poison' } })
    if (fate === 3) return site(n, { etat: 'Perdu' })
    if (fate === 4) return site(n, { adresse: { ville: 'drop' } })
    return site(n, { adresse: { ville: `V${Math.floor(random() * 9)}` } })
  })
}

function serve(sync: TestSync, records: JsonObject[], salt: number, fails: (offset: number) => void = () => {}): void {
  const pageSize = (offset: number): number => 1 + Math.floor(seeded(salt + offset)() * 12)
  serveSites(sync.invocations, records, { pageSize, before: fails })
  serveCleaner(sync.invocations, ({ city }) => {
    if (city === 'poison') throw new Ends('MEMORY')
  })
}

/** All that a run leaves behind, but for ids, instants and who did it. */
async function remains({ store, platform, integrations }: TestSync): Promise<unknown> {
  const records: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await platform.list(admin, 'chantiers', { limit: 200, ...(cursor ? { cursor } : {}) })
    if (!page.ok) throw new Error(page.error.message)
    records.push(...page.value.data.map(({ id: _, createdAt: __, updatedAt: ___, ...rest }) => rest))
    cursor = page.value.nextCursor
  } while (cursor)
  const quarantine = (await store.forOrganization(ORG)(syncQuarantine).find({ limit: 1000 })).data
  const status = await integrations.status(admin, 'erp')
  const events = await store
    .asSystem('test')(outboxEvents)
    .find({ where: { partition: ORG }, limit: 1000 })
  return {
    records: records.sort(byText),
    quarantine: quarantine
      .map(({ externalId, stage, code, attempts, raw }) => ({ externalId, stage, code, attempts, raw }))
      .sort(byText),
    counters: status.ok && status.value.lastResult?.streams,
    state: status.ok && status.value.lastResult?.state,
    active: status.ok && status.value.activeRun,
    events: events.data.length,
  }
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1
}

for (let round = 0; round < ROUNDS; round++) {
  t.test(`a sync that dies again and again ends like an undisturbed one, seed ${SEED + round}`, async (t) => {
    const random = seeded(SEED + round)
    const records = source(random)
    const salt = Math.floor(random() * 1e9)

    const calm = await openSync(t)
    serve(calm, records, salt)
    await calm.integrations.create(admin, sitesIn)
    await calm.integrations.sync(admin, 'erp')

    const rough = await openSync(t)
    serve(rough, records, salt, () => {
      if (random() < 0.1) throw new Ends('USER_ERROR', { code: 'CONNECTION_FAILED', retryable: true })
    })
    await rough.integrations.create(admin, sitesIn)
    let starter = rough.node(createCrashingStore(rough.store, 3 + Math.floor(random() * 12), moment(random)), 'n0')
    const started = await starter.integrations.sync(admin, 'erp').catch(() => undefined)
    // The process died before it could accept the sync: nobody was promised anything, so ask again.
    if (!started && (await rough.jobs.list(ORG)).data.length === 0) await rough.integrations.sync(admin, 'erp')
    for (let life = 1; life < 200; life++) {
      const [job] = (await rough.jobs.list(ORG)).data
      if (job?.state === 'DONE' || job?.state === 'DEAD') break
      rough.clock.pass(7 * 60 * 60 * 1_000)
      starter = rough.node(
        createCrashingStore(rough.store, 3 + Math.floor(random() * 14), moment(random)),
        `n${life + 1}`,
      )
      await starter.jobs.runDue().catch(() => {})
    }
    t.same(await remains(rough), await remains(calm))
    const [job] = (await rough.jobs.list(ORG)).data
    t.equal(job?.state, 'DONE')
    deaths += (job?.leaseToken ?? 1) - 1
  })
}

t.test('the processes did die', async (t) => {
  t.ok(deaths > 4 * ROUNDS, `${deaths} workers died in ${ROUNDS} syncs`)
})

function moment(random: () => number): 'before' | 'inside' | 'after' {
  const die = random()
  return die < 0.33 ? 'before' : die < 0.66 ? 'inside' : 'after'
}
