import t from 'tap'
import { createDeadPackages } from '../../marketplace/publishing/dead-packages.ts'
import { submissions } from '../../marketplace/publishing/publishing-collections.ts'
import { createRetention } from '../../marketplace/retention.ts'
import { rateCounters } from '../../marketplace/traffic/rate-limiter.ts'
import { runs } from '../../runtime/invocations/invocations-collections.ts'
import { NO_USAGE } from '../../runtime/invocations/run-usage.ts'
import { usageCounters } from '../../runtime/invocations/usage-collections.ts'
import { STEP_LIMITS } from '../../runtime/sandbox/limits.ts'
import { readOutbox } from '../../runtime/storage/outbox-read.ts'
import { eventually } from '../faults/eventually.ts'
import { buildApp } from './gateway/build-app.ts'

const DAY_MS = 24 * 3_600_000

t.test('what is kept for a limited time', async (t) => {
  const app = await buildApp(t)
  const { store, clock, ids, catalog, limiter, publishing } = app.services
  const system = store.asSystem('the test looks at what is left')

  t.test('more than a thousand expired rows go in one sweep', async (t) => {
    const expiresAt = clock.iso()
    for (let part = 0; part < 3; part++)
      await system(rateCounters).insertMany(
        Array.from({ length: 700 }, (_, i) => ({ _id: `test:${part}:${i}`, count: 1, expiresAt })),
      )
    app.clock.ahead += 60_000
    await limiter.sweep()
    t.same((await system(rateCounters).find({ where: { expiresAt: { $lte: expiresAt } } })).data, [])
  })

  t.test('runs and events of any organization go after 30 days', async (t) => {
    const [usage, limits] = [NO_USAGE, STEP_LIMITS]
    const run = (organizationId: string) =>
      store
        .forOrganization(organizationId)(runs)
        .insert({
          ...{ _id: ids('run'), installationId: 'ins', extension: '@a/b', version: '1.0.0', handler: 'check' },
          ...{ reason: 'test', outcome: 'succeeded', usage, limits, steps: 1, logText: '[]' },
          ...{ startedAt: clock.iso(), endedAt: clock.iso() },
        })
    const emit = (partition: string) => store.tx(async (tx) => tx.emit({ partition, type: 'version.x', payload: {} }))
    const { meter } = app.services.runtime.invocations
    const count = (organizationId: string) =>
      meter.note({ organizationId, installationId: `ins_${organizationId}`, failed: false, used: usage })
    for (const organizationId of ['org_a', 'org_b']) await run(organizationId)
    count('org_b')
    await emit('system')
    app.clock.ahead += 20 * DAY_MS
    await run('org_a')
    count('org_a')
    await meter.flush()
    await emit('org_a')
    app.clock.ahead += 11 * DAY_MS
    const retention = createRetention(app.services)
    await retention.sweep()
    t.equal((await store.forOrganization('org_a')(runs).find({})).data.length, 1)
    t.equal((await store.forOrganization('org_b')(runs).find({})).data.length, 0)
    const counted = async (organizationId: string) =>
      (await store.forOrganization(organizationId)(usageCounters).find({})).data.map(({ period }) => period).sort()
    t.same([await counted('org_a'), await counted('org_b')], [['day', 'hour'], ['day']], 'days are kept for longer')
    const gone = async () => {
      await retention.sweep()
      return (await readOutbox(store, 'system', 0, 10)).length === 0 || undefined
    }
    await eventually('who follows the events has passed them, and they are gone', gone, { withinMs: 30_000 })
    t.equal((await readOutbox(store, 'org_a', 0, 10)).length, 1)
    t.match(await catalog.search({}), { ok: true, value: { data: [] } }, 'the catalog stands without the events')
  })

  t.test('bytes of what failed or was withdrawn go after 30 days, unless they are of something else', async (t) => {
    const person = (userId: string) =>
      ({ kind: 'user', userId, email: `${userId}@x.example`, platformRoles: [] }) as unknown as Parameters<
        typeof publishing.submissions.upload
      >[0]
    const upload = async (userId: string, text: string) => {
      const uploaded = await publishing.submissions.upload(person(userId), Buffer.from(text))
      if (!uploaded.ok) throw new Error(uploaded.error.message)
      const { submission, jobId } = uploaded.value
      await app.services.runtime.jobs.runInline(jobId, 20_000)
      return submission
    }
    const failed = await upload('usr_a', 'no package')
    const shared = await upload('usr_a', 'no package either')
    const other = await upload('usr_b', 'no package either')
    t.equal((await system(submissions).get(failed.id))?.state, 'validation_failed')
    await system(submissions).patch(other.id, { set: { state: 'in_review' } })
    const dead = createDeadPackages(app.services)
    await dead.sweep()
    t.ok(await store.blobs.get(failed.digest))
    app.clock.ahead += 31 * DAY_MS
    await dead.sweep()
    t.equal(await store.blobs.get(failed.digest), undefined)
    t.ok(await store.blobs.get(shared.digest), 'the other one is in review')
    t.equal((await system(submissions).get(failed.id))?.bytesSince, undefined)
    await system(submissions).patch(other.id, { set: { state: 'withdrawn' } })
    await dead.sweep()
    t.equal(await store.blobs.get(shared.digest), undefined)
  })
})
