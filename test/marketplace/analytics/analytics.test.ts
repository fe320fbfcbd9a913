import t from 'tap'
import { createAnalytics } from '../../../marketplace/analytics/analytics.ts'
import { organizationDays, versionDays } from '../../../marketplace/analytics/analytics-collections.ts'
import { ANALYTICS_LIMITS } from '../../../marketplace/analytics/analytics-limits.ts'
import { extensionFigures } from '../../../marketplace/publishing/extension-figures.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { got } from '../rig/open-marketplace.ts'
import { DAY_MS, ERP, openAnalytics, runOf } from './open-analytics.ts'

const FIVE = ['org_a', 'org_b', 'org_c', 'org_d', 'org_e']

t.test('runs are counted by version and day', async (t) => {
  const { meter, reports, clock } = await openAnalytics(t)
  const today = clock.iso().slice(0, 10)
  for (const organization of FIVE) meter.ran(runOf(organization))
  meter.ran(runOf('org_a', { failure: { class: 'USER_ERROR', code: 'TypeError' } }))
  meter.ran(runOf('org_a', { failure: { class: 'USER_ERROR', code: 'CONNECTION_FAILED' } }))
  meter.ran(runOf('org_a', { failure: { class: 'MEMORY', incident: true }, wallMs: 3_000 }))
  meter.ran(runOf('org_a', { failure: { class: 'CRASH' } }))
  meter.ran(runOf('org_a', { failure: { class: 'CRASH', incident: true } }))
  meter.ran(runOf('org_a', { failure: { class: 'CANCELLED', code: 'EXTENSION_KILLED' } }))
  meter.downloaded(ERP, '1.0.0')
  const { data, total } = got(await reports.ofExtension(ERP, {}))
  t.match(data, [{ day: today, version: '1.0.0', organizations: 5, downloads: 1, installs: 0 }])
  t.match(data[0]?.activity, {
    invocations: 11,
    failures: { extension: 2, upstream: 1, limit: 1, platform: 1 },
    limits: { cpu: 0, wall: 0, memory: 1, quota: 0 },
    latency: { p50: Number, p95: Number, p99: Number },
  })
  const { p50 = 0, p99 = 0 } = data[0]?.activity?.latency ?? {}
  t.ok(p50 >= 10 && p50 <= 25 && p99 >= 2_500 && p99 <= 5_000, `${p50}, ${p99}`)
  t.same(total.activity, data[0]?.activity)

  clock.move(DAY_MS)
  for (const organization of [...FIVE, 'org_a', 'org_f']) meter.ran(runOf(organization, { version: '2.0.0' }))
  const later = got(await reports.ofExtension(ERP, {}))
  t.match(later.data, [{ day: today }, { version: '2.0.0', organizations: 6, activity: { invocations: 7 } }])
  t.equal(later.total.activity.invocations, 18)
  t.equal(got(await reports.ofExtension(ERP, { version: '2.0.0' })).data.length, 1)
  t.equal(got(await reports.ofExtension(ERP, { to: today })).data.length, 1)
  t.match(await reports.ofExtension(ERP, { from: '2020-01-01' }), { ok: false, error: { code: 'INVALID_ARGUMENT' } })
})

t.test('a publisher learns nothing of few organizations', async (t) => {
  const { meter, reports, installed, follower, figures } = await openAnalytics(t)
  for (const organization of FIVE.slice(1)) {
    await installed(organization)
    meter.ran(runOf(organization))
  }
  await follower.drain()
  await meter.flush()
  await figures.sweep()
  const few = got(await reports.ofExtension(ERP, {}))
  t.match(few.data, [{ installs: '<5', organizations: '<5', downloads: 4, activity: undefined }])
  t.match(few, { total: { activity: { invocations: 0 } }, organizations: { last7Days: '<5', last30Days: '<5' } })
  t.notMatch(JSON.stringify(few), /org_/)
  meter.ran(runOf('org_a'))
  t.match(got(await reports.ofExtension(ERP, {})).data, [{ organizations: 5, activity: { invocations: 5 } }])
  t.match(got(await reports.inOrganization('org_b', ERP, {})), { invocations: 1 }, 'each organization sees its own')
  t.match(got(await reports.inOrganization('org_z', ERP, {})), { invocations: 0 })
})

t.test('an organization counts once a day, whichever node it runs on', async (t) => {
  const { node, reports, handle } = await openAnalytics(t)
  const [one, two] = [node(), node()]
  for (let round = 0; round < 3; round++) {
    for (const organization of FIVE) for (const meter of [one, two]) meter.ran(runOf(organization))
    await one.flush()
    await two.flush()
  }
  t.match(got(await reports.ofExtension(ERP, {})).data, [{ organizations: 5, activity: { invocations: 30 } }])
  t.equal((await handle(organizationDays).find({ where: { extension: ERP } })).data.length, 5)
})

t.test('what the store did not take is counted later, and once', async (t) => {
  const { node, store, reports } = await openAnalytics(t)
  let failing = true
  const meter = node({
    ...store,
    tx: async (work) => (failing ? Promise.reject(new Error('no disk')) : store.tx(work)),
  } as Store)
  for (const organization of FIVE) meter.ran(runOf(organization))
  meter.ran(runOf('org_a', { version: '2.0.0' }))
  await t.rejects(meter.flush(), /no disk/)
  meter.ran(runOf('org_a'))
  failing = false
  await meter.flush()
  await meter.flush()
  const { data } = got(await reports.ofExtension(ERP, { version: '1.0.0' }))
  t.match(data, [{ organizations: 5, activity: { invocations: 6 } }])
})

t.test('installations are counted once each, whatever is read again', async (t) => {
  const { installed, follower, handle, store, clock } = await openAnalytics(t)
  for (const organization of FIVE) await installed(organization)
  await installed('org_x', { version: '3.0.0', draft: true })
  await installed('org_a', { type: 'installation.uninstalled' })
  await installed('org_b', { type: 'installation.upgraded' })
  await store.tx(async (tx) => tx.emit({ partition: 'org_a', type: 'installation.activated', payload: 'nonsense' }))
  t.equal(await follower.drain(), 9)
  t.equal(await follower.drain(), 0)
  const { data } = await handle(versionDays).find({ where: { extension: ERP } })
  t.match(data, [{ installs: 5, downloads: 6, uninstalls: 1, day: clock.iso().slice(0, 10) }])
  t.equal(data.length, 1, 'of a draft nothing is counted')
})

t.test('figures of an extension', async (t) => {
  const { meter, figures, clock, handle, installed, follower } = await openAnalytics(t)
  for (let at = 0; at < 1_000; at++) {
    meter.ran(runOf('org_a'))
    meter.downloaded(ERP, '1.0.0')
  }
  meter.ran(runOf('org_b', { failure: { class: 'CPU', incident: true } }))
  meter.ran(runOf('org_b', { failure: { class: 'QUEUE' } }))
  await installed('org_c')
  await follower.drain()
  await meter.flush()
  await figures.sweep()
  const today = Math.floor(clock.now() / DAY_MS)
  t.match(await handle(extensionFigures).get(ERP), {
    ...{ organizations7d: 3, organizations30d: 3, runOrganizations7d: 2, runs7d: 1_002, failures7d: 1 },
    ...{ downloads30d: 1_001, updatedDay: today },
  })
  t.equal(await figures.distinctOrganizations(ERP, 7), 3, 'a thousand runs and downloads of one are one')

  t.test('are not drawn up all the time', async (t) => {
    meter.ran(runOf('org_d'))
    await meter.flush()
    await figures.sweep()
    t.equal(await figures.distinctOrganizations(ERP, 7), 3)
    clock.move(ANALYTICS_LIMITS.figuresEveryMs)
    await figures.sweep()
    t.equal(await figures.distinctOrganizations(ERP, 7), 4)
  })

  t.test('forget what is long ago', async (t) => {
    clock.move(10 * DAY_MS)
    await figures.sweep()
    t.match(await handle(extensionFigures).get(ERP), { organizations7d: 0, organizations30d: 4, runs7d: 0 })
    clock.move(30 * DAY_MS)
    await figures.sweep()
    t.match(await handle(extensionFigures).get(ERP), { organizations30d: 0, updatedDay: today + 40 })
    t.equal(await figures.distinctOrganizations('@acme/unknown', 30), 0)
  })
})

t.test('what was counted goes after 400 days', async (t) => {
  const rig = await openAnalytics(t)
  const { clock, handle, store } = rig
  const dayOf = (age: number) => new Date(clock.now() - age * DAY_MS).toISOString().slice(0, 10)
  const row = (age: number) => ({ _id: `row-${age}`, extension: ERP, version: '1.0.0', day: dayOf(age) })
  for (const age of [399, 401]) {
    await handle(versionDays).insert(row(age))
    await store.forOrganization('org_a')(organizationDays).insert(row(age))
  }
  await createAnalytics(rig).sweep()
  for (const collection of [versionDays, organizationDays]) {
    const { data } = await handle(collection).find({ where: { extension: ERP } })
    t.same(
      data.map(({ _id }) => _id),
      ['row-399'],
    )
  }
})
