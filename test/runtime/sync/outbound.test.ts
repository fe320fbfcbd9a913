import type { Json, JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { BACKGROUND_STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import type { SyncResult } from '../../../runtime/sync/run.ts'
import { createCrashingStore } from './crashing-store.ts'
import { hoursOut } from './erp.ts'
import { Ends, listOf } from './fake-invocations.ts'
import { admin, CONNECTOR, openSync, type TestSync } from './open-sync.ts'

/** The other side: what it took, by operation id, and every operation that it was ever handed. */
interface Remote {
  taken: Map<string, JsonObject>
  seen: JsonObject[]
}

function serveHours(sync: TestSync, answer: (operation: JsonObject) => Json = taken): Remote {
  const remote: Remote = { taken: new Map(), seen: [] }
  sync.invocations.handlers.set(`${CONNECTOR} streams.hours.write`, (request) =>
    listOf(request).map((operation) => {
      remote.seen.push(operation)
      const result = answer(operation)
      if ((result as JsonObject).ok) remote.taken.set(String(operation.operationId), operation)
      return result
    }),
  )
  return remote
}

function taken({ localId }: JsonObject): Json {
  return { ok: true, remoteId: `remote-${localId}` }
}

async function opened(t: Parameters<typeof openSync>[0], count: number): Promise<TestSync & { ids: string[] }> {
  const sync = await openSync(t)
  const created = await sync.integrations.create(admin, hoursOut)
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push(await hours(sync, n))
  return { ...sync, ids }
}

async function hours({ platform }: TestSync, n: number): Promise<string> {
  const record = { workerId: `w${n}`, day: '2026-11-20', minutes: 60, status: 'APPROVED' }
  const created = await platform.create(admin, 'timesheets', record)
  if (!created.ok) throw new Error(created.error.message)
  return created.value.id
}

async function run({ integrations }: TestSync, request = {}): Promise<SyncResult> {
  const started = await integrations.sync(admin, 'hours', request)
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  return started.value.result
}

t.test('records go out mapped, each once, and only changes after that', async (t) => {
  const sync = await opened(t, 25)
  const remote = serveHours(sync)
  t.match(await run(sync), { state: 'SUCCEEDED', streams: [{ counters: { read: 25, created: 25, pages: 3 } }] })
  t.equal(remote.seen.length, 25)
  t.match(remote.seen[0], { op: 'upsert', record: { worker: { id: 'w0' }, minutes: 60 }, localId: sync.ids[0] })
  t.match((await run(sync)).streams, [{ counters: { read: 0 } }])
  await sync.platform.update(admin, 'timesheets', sync.ids[3] ?? '', { minutes: 90 })
  await sync.platform.update(admin, 'timesheets', sync.ids[4] ?? '', { comment: 'not mapped' })
  t.match((await run(sync)).streams, [{ counters: { read: 2, updated: 1, unchanged: 1 } }])
  t.match(remote.seen.at(-1), { localId: sync.ids[3], remoteId: `remote-${sync.ids[3]}`, record: { minutes: 90 } })
  t.match((await run(sync, { full: true })).streams, [{ counters: { read: 25, unchanged: 25 } }])
  t.equal(remote.seen.length, 26)
})

t.test('only rows within the grant of the installation go out', async (t) => {
  const sync = await opened(t, 3)
  const remote = serveHours(sync)
  const installation = sync.installed.get(CONNECTOR)
  if (!installation) throw new Error('not installed')
  const conditions = [{ field: 'workerId', op: 'eq' as const, value: 'w1' }]
  sync.installed.set(CONNECTOR, { ...installation, grants: [{ scope: 'read:timesheets', conditions }] })
  await run(sync)
  t.same(
    remote.seen.map(({ localId }) => localId),
    [sync.ids[1]],
  )
})

t.test('after a crash between write and commit the same operations are sent again', async (t) => {
  const sync = await opened(t, 10)
  let killed = false
  let lives = 0
  const remote = serveHours(sync, (operation) => {
    killed = lives < 3
    return taken(operation)
  })
  const dying = (): Store => createCrashingStore(sync.store, Number.POSITIVE_INFINITY, 'before', () => killed)
  await sync
    .node(dying(), 'n0')
    .integrations.sync(admin, 'hours')
    .catch(() => {})
  while (++lives <= 3) {
    killed = false
    sync.clock.pass(11_000)
    await sync
      .node(dying(), `n${lives}`)
      .jobs.runDue()
      .catch(() => {})
  }
  t.equal(remote.seen.length, 40, 'four processes sent them')
  t.equal(remote.taken.size, 10, 'under ten ids')
  t.match(await sync.integrations.runs(admin, 'hours'), {
    value: { data: [{ state: 'SUCCEEDED', streams: [{ counters: { read: 10, created: 10 } }] }] },
  })
  await run(sync, { full: true })
  t.equal(remote.seen.length, 40, 'what was taken is known')
})

t.test('a refused operation is quarantined, and resolved when its next version is taken', async (t) => {
  const sync = await opened(t, 12)
  const bad = sync.ids[5]
  serveHours(sync, (operation) =>
    operation.localId === bad
      ? { ok: false, error: { code: 'CLOSED_WEEK', message: 'the week is closed' } }
      : taken(operation),
  )
  t.match(await run(sync), { state: 'PARTIAL', streams: [{ counters: { created: 11, quarantined: 1 } }] })
  t.match(await sync.integrations.quarantine(admin, 'hours', { state: 'OPEN' }), {
    value: { data: [{ externalId: bad, stage: 'WRITE', code: 'CLOSED_WEEK' }] },
  })
  serveHours(sync)
  await sync.platform.update(admin, 'timesheets', bad ?? '', { minutes: 30 })
  t.match(await run(sync), { state: 'SUCCEEDED', streams: [{ counters: { read: 1, created: 1 } }] })
  t.match(await sync.integrations.quarantine(admin, 'hours', { state: 'OPEN' }), { value: { data: [] } })
})

t.test('an operation that may pass later holds the position, the others are not sent twice', async (t) => {
  const sync = await opened(t, 10)
  let busy = 2
  const remote = serveHours(sync, (operation) =>
    operation.localId === sync.ids[0] && busy-- > 0
      ? { ok: false, error: { code: 'LOCKED', message: 'in use', retryable: true } }
      : taken(operation),
  )
  t.match(await run(sync), {
    state: 'SUCCEEDED',
    streams: [{ counters: { read: 10, created: 10, unchanged: 0, pages: 1 } }],
  })
  t.same(sync.pauses, [1_000, 2_000])
  t.equal(remote.seen.length, 12)
  t.equal(remote.taken.size, 10)
})

t.test('an operation that kills the extension is found by halving', async (t) => {
  const sync = await opened(t, 10)
  serveHours(sync, (operation) => {
    if (operation.localId === sync.ids[7]) throw new Ends('USER_ERROR')
    return taken(operation)
  })
  t.match(await run(sync), { state: 'PARTIAL', streams: [{ counters: { created: 9, quarantined: 1 } }] })
})

t.test('a result that fits no operation stops the run before anything is taken for done', async (t) => {
  const answers: Json[] = [
    [],
    [{ ok: true }],
    'done',
    Array(3).fill({ ok: 'yes' }),
    Array(3).fill({ ok: true, remoteId: 7 }),
  ]
  for (const answer of answers) {
    const sync = await opened(t, 3)
    sync.invocations.handlers.set(`${CONNECTOR} streams.hours.write`, () => answer)
    t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR' }] })
    const remote = serveHours(sync)
    await run(sync)
    t.equal(remote.taken.size, 3)
  }
})

t.test('what one half of a batch delivered is not forgotten when the other half fails', async (t) => {
  const sync = await opened(t, 10)
  let down = true
  const remote = serveHours(sync)
  const healthy = sync.invocations.handlers.get(`${CONNECTOR} streams.hours.write`)
  sync.invocations.handlers.set(`${CONNECTOR} streams.hours.write`, (request) => {
    const batch = listOf(request)
    if (down && batch.length === 10) throw new Ends('USER_ERROR')
    const last = batch.some(({ localId }) => localId === sync.ids[9])
    if (down && last) throw new Ends('USER_ERROR', { code: 'AUTHENTICATION_FAILED' })
    return healthy?.(request) as Json
  })
  t.match(await run(sync), { state: 'FAILED', errors: [{ code: 'AUTHENTICATION_FAILED' }] })
  t.equal(remote.seen.length, 5)
  down = false
  t.match(await run(sync), { state: 'SUCCEEDED' })
  t.equal(remote.taken.size, 10)
  t.equal(remote.seen.length, 10, 'none of the first five was sent again')
})

t.test('handlers of a sync run under the limits of background work', async (t) => {
  const sync = await opened(t, 1)
  serveHours(sync)
  await run(sync)
  const { requests } = sync.invocations
  t.ok(requests.length > 0)
  t.ok(requests.every(({ limits }) => limits?.wallMs === BACKGROUND_STEP_LIMITS.wallMs))
})
