import t from 'tap'
import { NO_USAGE } from '../../../runtime/invocations/run-usage.ts'
import { usageCounters } from '../../../runtime/invocations/usage-collections.ts'
import { createUsageMeter } from '../../../runtime/invocations/usage-meter.ts'
import { createLog } from '../../../runtime/log.ts'
import { STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { openTestAudit } from '../audit/open-test-audit.ts'
import { startUpstream } from '../egress/start-upstream.ts'
import { openInvocations } from './open-invocations.ts'

t.test('what a run used stands in its row, beside its limits', async (t) => {
  const upstream = await startUpstream(t)
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const { invocations, install } = await openInvocations(t, { overrides })
  const { organizationId, id } = install(
    `async check(ctx) {
      for (const n of [1, 2]) ctx.log.info('n', { n })
      await ctx.kv.get('x')
      await ctx.fetch('https://api.erp.example/', { method: 'POST', body: 'four' })
      await ctx.fetch('https://api.erp.example/')
      await ctx.fetch('https://other.example/').catch(() => {})
    },
    actions: { grow: { params: {}, run() {
      const kept = Array.from({ length: 24 }, (_, i) => new Uint8Array(1e6).fill(i + 1))
      return kept.length
    } } },
    streams: { s: { primaryKey: ['id'], schema: {}, async *read() { for (;;) yield { records: [], checkpoint: {} } } } }`,
    { egress: [{ host: 'api.erp.example', scheme: 'https', port: 443 }] },
  )
  const call = (handler: string[], limits = {}) =>
    ({ organizationId, installationId: id, handler, args: [], reason: 'test', limits }) as const
  const checked = await invocations.invoke(call(['check'], { cpuMs: 900 }))
  t.ok(checked.ok, JSON.stringify(checked))
  const row = await invocations.run(organizationId, checked.runId)
  const bytes = Buffer.byteLength('hello')
  t.match(row?.usage, { hostCalls: 4, fetches: 3, sentBytes: 4, receivedBytes: 2 * bytes, logLines: 2 })
  t.ok(row && row.usage.cpuMs > 0 && row.usage.wallMs >= row.usage.cpuMs)
  t.same(row?.limits, { ...STEP_LIMITS, cpuMs: 900 })

  const grown = await invocations.invoke({ ...call(['actions', 'grow', 'run']), args: [{}] })
  const memory = (await invocations.run(organizationId, grown.runId))?.usage.memoryBytes ?? 0
  t.ok(grown.ok && memory > 10e6 && memory < 100e6, `${memory} bytes`)

  const pages = await invocations.open({ ...call(['streams', 's', 'read']), args: [{}] })
  for (let i = 0; i < 3; i++) t.match(await pages.next(), { ok: true, done: false })
  await pages.close()
  t.equal((await invocations.run(organizationId, pages.runId))?.steps, 3)
})

t.test('counts of many runs become one counter an hour and one a day', async (t) => {
  const { store, clock } = await openTestAudit(t, [usageCounters])
  const meter = createUsageMeter({ store, clock, log: createLog('silent') })
  const note = (installationId: string, failed: boolean, more: object = {}) =>
    meter.note({ organizationId: 'org_a', installationId, failed, used: { ...NO_USAGE, cpuMs: 2, ...more } })
  for (let i = 0; i < 500; i++) note('ins_1', i % 5 === 0, { memoryBytes: i })
  note('ins_2', false)
  await meter.flush()
  const counters = store.forOrganization('org_a')(usageCounters)
  const count = async (id: string, period: string) =>
    (await counters.find({ where: { installationId: id, period }, sort: [['start', 'asc']] })).data
  t.match(await count('ins_1', 'hour'), [{ rev: 1, runs: 500, failed: 100, used: { cpuMs: 1000, memoryBytes: 499 } }])
  t.match(await count('ins_1', 'day'), [{ rev: 1, runs: 500, failed: 100, used: { cpuMs: 1000 } }])
  t.match(await count('ins_2', 'day'), [{ runs: 1, failed: 0, used: { cpuMs: 2 } }])

  note('ins_1', true, { memoryBytes: 7 })
  await meter.close()
  t.match(await count('ins_1', 'day'), [{ rev: 2, runs: 501, failed: 101, used: { cpuMs: 1002, memoryBytes: 499 } }])
  clock.move(3_600_000)
  note('ins_1', false)
  await meter.close()
  t.equal((await count('ins_1', 'hour')).length, 2)
})

t.test('two nodes count into the same counter', async (t) => {
  const { store, clock } = await openTestAudit(t, [usageCounters])
  const meters = [1, 2, 3].map(() => createUsageMeter({ store, clock, log: createLog('silent') }))
  for (const meter of meters)
    meter.note({ organizationId: 'org_a', installationId: 'ins_1', failed: false, used: { ...NO_USAGE, hostCalls: 3 } })
  // A node whose counter was made by another one in the same instant is told so, and adds to it the next time.
  const first = await Promise.allSettled(meters.map((meter) => meter.flush()))
  t.ok(first.some(({ status }) => status === 'fulfilled'))
  for (const meter of meters) await meter.flush()
  const { data } = await store
    .forOrganization('org_a')(usageCounters)
    .find({ where: { installationId: 'ins_1', period: 'day' } })
  t.match(data, [{ runs: 3, used: { hostCalls: 9 } }])
})

t.test('what the store does not take is kept', async (t) => {
  const { store, clock } = await openTestAudit(t, [usageCounters])
  let down = true
  const tx: typeof store.tx = (work) => (down ? Promise.reject(new Error('down')) : store.tx(work))
  const meter = createUsageMeter({ store: { ...store, tx }, clock, log: createLog('silent') })
  meter.note({ organizationId: 'org_a', installationId: 'ins_1', failed: false, used: NO_USAGE })
  await t.rejects(meter.flush(), { message: 'down' })
  down = false
  await meter.flush()
  const { data } = await store
    .forOrganization('org_a')(usageCounters)
    .find({ where: { installationId: 'ins_1', period: 'day' } })
  t.match(data, [{ runs: 1 }])
})
