import type { Json, JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { hoursOut } from './erp.ts'
import { Ends, listOf } from './fake-invocations.ts'
import { admin, CONNECTOR, openSync, type TestSync } from './open-sync.ts'

async function opened(t: Parameters<typeof openSync>[0], count: number): Promise<TestSync & { ids: string[] }> {
  const sync = await openSync(t)
  const bound = hoursOut.streams.hours
  if (!bound) throw new Error('no hours')
  const created = await sync.integrations.create(admin, {
    ...hoursOut,
    streams: { hours: { ...bound, batchSize: 50 } },
  })
  if (!created.ok) throw new Error(created.error.message)
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const record = { workerId: `w${n}`, day: '2026-11-20', minutes: 60, status: 'APPROVED' }
    const made = await sync.platform.create(admin, 'timesheets', record)
    if (!made.ok) throw new Error(made.error.message)
    ids.push(made.value.id)
  }
  return { ...sync, ids }
}

function serve({ invocations }: TestSync, answer: (operation: JsonObject) => Json): void {
  invocations.handlers.set(`${CONNECTOR} streams.hours.write`, (request) => listOf(request).map(answer))
}

const refused: Json = { ok: false, error: { code: 'CLOSED_WEEK', message: 'the week is closed' } }
const later: Json = { ok: false, error: { code: 'LOCKED', message: 'in use', retryable: true } }

async function attemptsOf({ integrations }: TestSync): Promise<number[]> {
  const page = await integrations.quarantine(admin, 'hours', { limit: 200 })
  return page.ok ? page.value.data.map(({ attempts }) => attempts) : []
}

t.test('a batch with too many refused records puts each into quarantine once', async (t) => {
  const sync = await opened(t, 50)
  const bad = new Set(sync.ids.slice(0, 40))
  serve(sync, ({ localId }) => (bad.has(String(localId)) ? refused : { ok: true }))
  const first = await sync.integrations.sync(admin, 'hours')
  t.match(first, { value: { result: { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR' }] } } })
  t.same(await attemptsOf(sync), Array(26).fill(1), 'more than half of 50')
  await sync.integrations.sync(admin, 'hours')
  t.same([...new Set(await attemptsOf(sync))], [2], 'one more for one more run')
})

t.test('a refused record counts once, however often its batch is tried', async (t) => {
  const sync = await opened(t, 10)
  let busy = 3
  serve(sync, ({ localId }) => {
    if (localId === sync.ids[0]) return refused
    return localId === sync.ids[1] && busy-- > 0 ? later : { ok: true }
  })
  const started = await sync.integrations.sync(admin, 'hours')
  t.match(started, { value: { result: { state: 'PARTIAL', streams: [{ counters: { created: 9, quarantined: 1 } }] } } })
  t.same(await attemptsOf(sync), [1])
})

t.test('an operation that never passes ends the run, and is not tried for ever', async (t) => {
  const sync = await opened(t, 5)
  serve(sync, ({ localId }) => (localId === sync.ids[0] ? later : { ok: true }))
  await sync.integrations.sync(admin, 'hours')
  for (let i = 0; i < 20; i++) {
    sync.clock.pass(7 * 60 * 60 * 1_000)
    await sync.jobs.runDue()
  }
  t.match(await sync.integrations.runs(admin, 'hours'), {
    value: {
      data: [{ state: 'FAILED', errors: Array(9).fill({ code: 'LOCKED' }), streams: [{ counters: { created: 4 } }] }],
    },
  })
})

t.test('what goes back to an earlier state is sent as a new operation', async (t) => {
  const sync = await opened(t, 1)
  const remote = new Map<string, Json>()
  serve(sync, ({ operationId, record }) => {
    if (!remote.has(String(operationId))) remote.set(String(operationId), (record as JsonObject).minutes ?? null)
    return { ok: true, remoteId: 'r1' }
  })
  for (const minutes of [60, 90, 60, 90]) {
    await sync.platform.update(admin, 'timesheets', sync.ids[0] ?? '', { minutes })
    await sync.integrations.sync(admin, 'hours')
  }
  t.same([...remote.values()], [60, 90, 60, 90])
})

t.test('a batch that is too much for one call goes out in smaller ones', async (t) => {
  const sync = await opened(t, 50)
  sync.invocations.handlers.set(`${CONNECTOR} streams.hours.write`, (request) => {
    const operations = listOf(request)
    if (operations.length > 10) throw new Ends('QUOTA')
    return operations.map(() => ({ ok: true }))
  })
  const started = await sync.integrations.sync(admin, 'hours')
  t.match(started, { value: { result: { state: 'SUCCEEDED', streams: [{ counters: { created: 50 } }] } } })
})
