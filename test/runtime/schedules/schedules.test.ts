import t from 'tap'
import { openReactions, type Reactions } from '../events/open-reactions.ts'

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
  await it.schedules.erase('org_a', 'ins_1')
  t.same(await it.schedules.list('org_a'), [])
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
