import type { Json } from '@annex/sdk/json'
import t from 'tap'
import type { Store } from '../../../runtime/storage/port.ts'
import { type Integration, integrations } from '../../../runtime/sync/integration.ts'
import { hoursOut, serveSites, site } from './erp.ts'
import { chantiers, opened, run, sites } from './inbound-sync.ts'
import { admin, CONNECTOR, ORG, openSync, type TestSync } from './open-sync.ts'

async function setStatus({ store }: TestSync, status: Integration['status']): Promise<void> {
  const [mine] = (
    await store
      .forOrganization(ORG)(integrations)
      .find({ where: { slug: 'erp' } })
  ).data
  if (!mine) throw new Error('no integration')
  await store.forOrganization(ORG)(integrations).patch(mine._id, { set: { status } })
}

/** A view of the store in which `act` happens right after the first read of the integration by its slug. */
function interrupted(store: Store, act: () => Promise<unknown>): Store {
  let done = false
  return {
    ...store,
    forOrganization: (organizationId) => (collection) => {
      const documents = store.forOrganization(organizationId)(collection)
      if (collection.name !== integrations.name) return documents
      return {
        ...documents,
        async find(query) {
          const page = await documents.find(query)
          if (!done) {
            done = true
            await act()
          }
          return page
        },
      }
    },
  }
}

/** A view of the store in which `act` happens right after the first transaction is committed. */
function followed(store: Store, act: () => Promise<unknown>): Store {
  let done = false
  return {
    ...store,
    async tx(work) {
      const value = await store.tx(work)
      if (!done) {
        done = true
        await act()
      }
      return value
    },
  }
}

for (const status of ['PAUSED', 'DISABLED'] as const) {
  t.test(`a run whose integration is ${status} when its job is taken ends CANCELLED`, async (t) => {
    const sync = await opened(t)
    serveSites(sync.invocations, sites(3), { before: () => t.fail('the source is asked') })
    const view = followed(sync.store, () => setStatus(sync, status))
    const started = await sync.node(view, 'n2').integrations.sync(admin, 'erp')
    t.match(started, { value: { finished: true, job: { state: 'DONE' }, result: { state: 'CANCELLED', errors: [] } } })
    t.match(await sync.integrations.status(admin, 'erp'), { value: { status, healthStatus: 'UNKNOWN' } })
    const logs = await sync.integrations.logs(admin, 'erp')
    t.ok(logs.ok && logs.value.data.some(({ message }) => message === `the integration is ${status.toLowerCase()}`))
    await setStatus(sync, 'ACTIVE')
    serveSites(sync.invocations, sites(3))
    t.equal((await run(sync)).state, 'SUCCEEDED', 'the way is free again')
  })
}

t.test('a pause between the check and the queueing is not lost', async (t) => {
  const sync = await opened(t, sites(3))
  const view = interrupted(sync.store, () => sync.integrations.update(admin, 'erp', { status: 'PAUSED' }))
  const started = await sync.node(view, 'n2').integrations.sync(admin, 'erp')
  t.match(started, { ok: false, error: { code: 'CONFLICT', message: /paused/ } })
  t.same((await sync.jobs.list(ORG)).data, [])
  t.same(await chantiers(sync), [])
})

t.test('a change of the bindings between the check and the queueing is checked again', async (t) => {
  const sync = await opened(t, sites(3))
  const change = () => sync.integrations.update(admin, 'erp', { streams: hoursOut.streams })
  const started = await sync.node(interrupted(sync.store, change), 'n2').integrations.sync(admin, 'erp', {
    streams: ['sites'],
  })
  t.match(started, { ok: false, error: { code: 'INVALID_ARGUMENT', message: /sites/ } })
})

t.test('a pause is kept when a sync is queued between its check and its commit', async (t) => {
  const sync = await opened(t, [])
  let release = (): void => {}
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async () => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return null
  })
  const view = interrupted(sync.store, async () => {
    const started = sync.integrations.sync(admin, 'erp')
    while ((await sync.jobs.list(ORG)).data[0]?.state !== 'LEASED') await new Promise((next) => setTimeout(next, 5))
    started.catch(() => {})
  })
  const paused = await sync.node(view, 'n2').integrations.update(admin, 'erp', { status: 'PAUSED' })
  release()
  t.match(paused, { ok: true, value: { status: 'PAUSED' } })
  t.match((await sync.jobs.list(ORG)).data, [{ state: 'CANCELLED' }])
})

t.test('a pause that nobody told the run of ends it at the next page', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    yield { records: sites(10), checkpoint: 1 }
    await setStatus(sync, 'PAUSED')
    yield { records: [site(11)], checkpoint: 2 }
  })
  t.match(await run(sync), { state: 'CANCELLED', streams: [{ counters: { created: 10 } }] })
  t.equal((await chantiers(sync)).length, 10)
})

t.test('a pause stops what goes out as well', async (t) => {
  const sync = await openSync(t)
  await sync.integrations.create(admin, { ...hoursOut, slug: 'erp' })
  const record = { workerId: 'w', day: '2026-11-20', minutes: 60, status: 'APPROVED' }
  for (let n = 0; n < 20; n++) await sync.platform.create(admin, 'timesheets', record)
  sync.invocations.handlers.set(`${CONNECTOR} streams.hours.write`, async ({ args }) => {
    await setStatus(sync, 'PAUSED')
    return (args[0] as unknown[]).map(() => ({ ok: true }))
  })
  t.match(await run(sync), { state: 'CANCELLED', streams: [{ counters: { created: 10 } }] })
})

t.test('the second of two starts is told of the first, whatever the order of their steps', async (t) => {
  const sync = await opened(t, [site(1)])
  const all = await Promise.all([1, 2, 3].map(() => sync.integrations.sync(admin, 'erp')))
  for (const one of all) if (!one.ok) t.match(one.error, { code: 'CONFLICT', details: { jobId: /^job_/ } })
  t.ok(all.some(({ ok }) => ok))
})
