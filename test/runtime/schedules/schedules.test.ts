import t from 'tap'
import { jobs } from '../../../runtime/jobs/job.ts'
import { schedules } from '../../../runtime/schedules/schedule.ts'
import { LEASE_MS, openReactions, type Reactions } from '../events/open-reactions.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const nightly = (more: object = {}) => ({ schedules: [{ name: 'nightly', cron: '0 * * * *', ...more }] })
const runs = ({ asked }: Reactions) => asked.map(({ handler }) => handler.join('.'))

async function only({ schedules }: Reactions) {
  const [schedule] = await schedules.list('org_a')
  if (!schedule) throw new Error('there is no schedule')
  return schedule
}

t.test('runs when it is due, and then waits for the next time', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  t.same(runs(it), [])
  const { nextRunAt = '' } = await only(it)
  it.clock.move(Date.parse(nextRunAt) - it.clock.now() - 1)
  await it.settle()
  t.same(runs(it), [], 'a millisecond before')
  it.clock.move(1)
  await it.settle()
  await it.settle()
  t.same(runs(it), ['schedules.nightly'])
  t.match(await only(it), { lastRun: { outcome: 'succeeded' } })
  t.equal(Date.parse((await only(it)).nextRunAt ?? ''), Date.parse(nextRunAt) + HOUR_MS)
})

t.test('of the runs that were missed one is made up for', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  it.clock.move(50 * HOUR_MS)
  await it.settle()
  t.same(runs(it), ['schedules.nightly'])
  t.ok((await only(it)).nextRunAt ?? '' > it.clock.iso())
})

t.test('never runs twice at once, on however many nodes', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  let [atOnce, most] = [0, 0]
  const release = Promise.withResolvers<void>()
  it.handlers.set('ins_1 schedules.nightly', async () => {
    most = Math.max(most, ++atOnce)
    await release.promise
    atOnce--
  })
  it.clock.move(HOUR_MS)
  const looks = await Promise.all([it.schedules.tick(), it.schedules.tick(), it.schedules.tick()])
  t.equal(
    looks.reduce((sum, begun) => sum + begun, 0),
    1,
  )
  const running = it.jobs.runDue()
  while (atOnce === 0) await new Promise((resolve) => setImmediate(resolve))
  it.clock.move(HOUR_MS)
  t.equal(await it.schedules.tick(), 0, 'the slot that comes while it runs is left out')
  t.match(await it.schedules.runNow('org_a', (await only(it))._id), { error: { code: 'CONFLICT' } })
  release.resolve()
  await running
  await it.settle()
  t.equal(most, 1)
  t.same(runs(it), ['schedules.nightly'])
})

t.test('follows the installed version, and stops with it', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  await it.install('ins_1', nightly({ name: 'weekly', cron: '0 0 * * MON' }))
  await it.settle()
  t.match(await it.schedules.list('org_a'), [{ name: 'weekly' }])
  t.equal((await it.schedules.list('org_a')).length, 1)
  const was = it.active.get('ins_1')
  it.active.clear()
  await it.changed('ins_1')
  await it.settle()
  t.notOk((await only(it)).nextRunAt, 'disabled')
  it.clock.move(400 * HOUR_MS)
  await it.settle()
  t.same(runs(it), [])
  t.match(await it.schedules.runNow('org_a', (await only(it))._id), { error: { code: 'CONFLICT' } })
  if (was) it.active.set('ins_1', was)
  await it.changed('ins_1')
  await it.settle()
  t.ok((await only(it)).nextRunAt)
})

t.test('paused by a person it stays so, whatever version comes', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  const { _id } = await only(it)
  t.match(await it.schedules.pause('org_b', _id), { error: { code: 'NOT_FOUND' } })
  t.match(await it.schedules.pause('org_a', _id), { ok: true, value: { paused: true } })
  await it.install('ins_1', nightly({ cron: '30 * * * *' }))
  await it.settle()
  it.clock.move(10 * HOUR_MS)
  await it.settle()
  t.same(runs(it), [])
  t.match(await only(it), { paused: true, cron: '30 * * * *' })
  t.match(await it.schedules.resume('org_a', _id), { ok: true, value: { paused: false, nextRunAt: String } })
  it.clock.move(HOUR_MS)
  await it.settle()
  t.same(runs(it), ['schedules.nightly'])
})

t.test('a run that fails is told, and not repeated before its next time', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  it.handlers.set('ins_1 schedules.nightly', () => {
    throw new Error('no rates today')
  })
  it.clock.move(HOUR_MS)
  for (let minute = 0; minute < 5; minute++) {
    await it.settle()
    it.clock.move(MINUTE_MS)
  }
  t.same(runs(it), ['schedules.nightly'])
  t.match(await only(it), { lastRun: { outcome: 'failed', error: { message: /no rates/ } } })
})

t.test('a run that took its process along is told, and not repeated', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly({ cron: '0 0 1 * *' }))
  await it.settle()
  const [entered, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  it.handlers.set('ins_1 schedules.nightly', () => {
    entered.resolve()
    return release.promise
  })
  t.match(await it.schedules.runNow('org_a', (await only(it))._id), { ok: true })
  const first = it.jobs.runDue()
  await entered.promise
  it.clock.move(LEASE_MS + 1)
  await it.open(it.store).jobs.runDue()
  t.same(runs(it), ['schedules.nightly'])
  t.match(await only(it), { lastRun: { outcome: 'failed', error: { code: 'CRASH' } } })
  release.resolve()
  await first
  t.match(await only(it), { lastRun: { outcome: 'failed' } }, 'what came too late is thrown away')
  t.match(await it.schedules.runNow('org_a', (await only(it))._id), { ok: true }, 'it may run again')
})

t.test('a run that is called off is told', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  await it.schedules.runNow('org_a', (await only(it))._id)
  const [job] = (
    await it.store
      .forOrganization('org_a')(jobs)
      .find({ where: { type: 'schedules.run' } })
  ).data
  t.ok(await it.jobs.cancel('org_a', job?._id ?? ''))
  t.match(await only(it), { lastRun: { outcome: 'failed', error: { code: 'CANCELLED' } } })
})

t.test('one schedule that nobody can reckon with does not keep the others from running', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.install('ins_2', nightly())
  await it.settle()
  const mine = it.store.forOrganization('org_a')(schedules)
  const due = it.clock.iso()
  await mine.patch('ins_1:nightly', { set: { timezone: 'Mars/Olympus', nextRunAt: due } })
  it.clock.move(HOUR_MS)
  await it.settle()
  t.ok(it.asked.some(({ installationId }) => installationId === 'ins_2'))
  t.notOk((await mine.get('ins_1:nightly'))?.nextRunAt, 'it is not due again')
})

t.test('extensions of one organization take turns', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', nightly())
  await it.settle()
  await it.schedules.runNow('org_a', (await only(it))._id)
  const waiting = (await it.store.forOrganization('org_a')(jobs).find({})).data.filter(({ state }) => state === 'READY')
  t.match(waiting, [{ type: 'schedules.run', group: 'ins_1' }])
})
