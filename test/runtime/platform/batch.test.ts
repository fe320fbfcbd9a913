import type { JsonObject } from '@annex/sdk/json'
import t from 'tap'
import type { InstallationPrincipal, UserPrincipal } from '../../../runtime/permissions/principal.ts'
import type { UpsertRow } from '../../../runtime/platform/batch-records.ts'
import { readOutbox } from '../../../runtime/storage/outbox-read.ts'
import { installation, openPlatform, site, type TestPlatform, user } from './open-platform.ts'

const upsert = ({ store, platform }: TestPlatform, who: UserPrincipal | InstallationPrincipal, rows: UpsertRow[]) =>
  store.tx((tx) => platform.within(tx).upsertMany(who, 'chantiers', rows))

const changesOf = async (result: ReturnType<typeof upsert>) => {
  const outcome = await result
  return outcome.ok ? outcome.value.map((row) => row.change) : outcome.error.code
}

async function eventsOf({ store }: TestPlatform, organizationId = 'org_a') {
  const events = await readOutbox(store, organizationId, 0, 1000)
  return events.map(({ type, payload }) => ({ type, ...(payload as JsonObject) }))
}

t.test('creates, updates and leaves alone, each row for itself', async (t) => {
  const deps = await openPlatform(t)
  const sync = installation([{ scope: 'write:chantiers' }])
  const rows = [
    { id: 'ext_1', record: site({ reference: '1' }) },
    { id: 'ext_2', record: site({ reference: '2', city: null }) },
    { record: site({ reference: '3' }) },
    { id: 'ext_4', record: site({ status: 'NO' }) },
  ]
  t.same(await changesOf(upsert(deps, sync, rows)), ['created', 'created', 'created', 'refused'])
  t.same(await changesOf(upsert(deps, sync, rows.slice(0, 2))), ['unchanged', 'unchanged'])
  const again = [
    { id: 'ext_1', record: { city: 'Lyon' } },
    { id: 'ext_2', record: { reference: '2' } },
    { id: 'ext_1', record: { bad: 1 } },
  ]
  t.same(await changesOf(upsert(deps, sync, again)), ['updated', 'unchanged', 'refused'])
  const one = await deps.platform.get(user(), 'chantiers', 'ext_1')
  t.match(one, { ok: true, value: { reference: '1', city: 'Lyon', rev: 2 } })
  t.same(
    (await eventsOf(deps)).map((event) => event.type),
    ['chantiers.created', 'chantiers.created', 'chantiers.created', 'chantiers.updated'],
  )
  const audit = (await deps.audit.list('org_a', { action: 'platform.upsert' })).data
  t.same(
    audit.map((row) => row.details),
    [
      { updated: 1, unchanged: 1, refused: 1, epoch: 1 },
      { unchanged: 2, epoch: 1 },
      { created: 3, refused: 1, epoch: 1 },
    ],
  )
})

t.test('the same id twice in a call is one write', async (t) => {
  const deps = await openPlatform(t)
  const sync = installation([{ scope: 'write:chantiers' }])
  const rows = [
    { id: 'x', record: site() },
    { id: 'x', record: { city: 'Lyon' } },
    { id: 'x', record: { city: 'Lyon' } },
  ]
  t.same(await changesOf(upsert(deps, sync, rows)), ['created', 'updated', 'unchanged'])
  t.match(await deps.platform.get(user(), 'chantiers', 'x'), { ok: true, value: { city: 'Lyon', rev: 1 } })
  const twice = [
    { id: 'x', record: { city: 'Paris' } },
    { id: 'x', record: { name: 'New' } },
  ]
  t.same(await changesOf(upsert(deps, sync, twice)), ['updated', 'updated'])
  t.match(await deps.platform.get(user(), 'chantiers', 'x'), {
    ok: true,
    value: { city: 'Paris', name: 'New', rev: 2 },
  })
  t.match(await eventsOf(deps), [
    { type: 'chantiers.created', id: 'x', rev: 1, by: 'installation:ins_1', changes: { ...site(), city: 'Lyon' } },
    { type: 'chantiers.updated', id: 'x', rev: 2, changes: { city: 'Paris', name: 'New' } },
  ])
})

t.test('decides once, and holds each row to the conditions', async (t) => {
  const deps = await openPlatform(t)
  t.equal(
    await changesOf(upsert(deps, installation([{ scope: 'read:chantiers' }]), [{ record: site() }])),
    'PERMISSION_DENIED',
  )
  t.match((await deps.audit.list('org_a')).data, [
    { outcome: 'refused', rule: 'scope-not-granted', action: 'platform.upsert' },
  ])
  const lyon = installation([{ scope: 'write:chantiers', conditions: [{ field: 'city', op: 'eq', value: 'Lyon' }] }])
  await upsert(deps, installation([{ scope: 'write:chantiers' }]), [{ id: 'p', record: site({ city: 'Paris' }) }])
  const rows = [
    { id: 'p', record: { name: 'x' } },
    { id: 'p', record: { city: 'Lyon' } },
    { id: 'l', record: site({ city: 'Lyon' }) },
    { id: 'n', record: site() },
  ]
  t.same(await changesOf(upsert(deps, lyon, rows)), ['refused', 'refused', 'created', 'refused'])
  t.match(
    (await deps.audit.list('org_a', { actor: 'installation:ins_1' })).data.filter(
      (row) => row.rule === 'row-condition',
    ),
    [{ details: { rows: 3 } }],
  )
  const removed = await deps.store.tx((tx) =>
    deps.platform.within(tx).removeMany(lyon, 'chantiers', ['p', 'l', 'none', 'l']),
  )
  t.match(removed, {
    ok: true,
    value: [{ change: 'refused' }, { change: 'removed' }, { change: 'absent' }, { change: 'absent' }],
  })
  t.match((await eventsOf(deps)).at(-1), { type: 'chantiers.removed', id: 'l' })
})

t.test('is undone with the transaction that it is part of', async (t) => {
  const deps = await openPlatform(t)
  const sync = installation([{ scope: 'write:chantiers' }])
  await t.rejects(
    deps.store.tx(async (tx) => {
      await deps.platform.within(tx).upsertMany(sync, 'chantiers', [{ id: 'x', record: site() }])
      throw new Error('crash')
    }),
    { message: 'crash' },
  )
  t.match(await deps.platform.get(user(), 'chantiers', 'x'), { ok: false })
  t.same(await eventsOf(deps), [])
  t.same((await deps.audit.list('org_a', { action: 'platform.upsert' })).data, [])
})

t.test('refuses too many rows and odd ids', async (t) => {
  const deps = await openPlatform(t)
  const sync = installation([{ scope: 'write:chantiers' }])
  const many = Array.from({ length: 501 }, () => ({ record: site() }))
  t.equal(await changesOf(upsert(deps, sync, many)), 'INVALID_ARGUMENT')
  for (const id of ['', 'a/b', '../x', 'a\0', 'x'.repeat(129)]) {
    t.equal(await changesOf(upsert(deps, sync, [{ id, record: site() }])), 'INVALID_ARGUMENT', JSON.stringify(id))
  }
  t.same(
    await changesOf(upsert(deps, sync, many.slice(0, 500))),
    many.slice(0, 500).map(() => 'created'),
  )
})

t.test('changes come in the order of commits, also within one instant and after the clock stepped back', async (t) => {
  const deps = await openPlatform(t)
  const { platform, clock } = deps
  const sync = installation([{ scope: 'write:chantiers' }, { scope: 'read:chantiers' }])
  await upsert(
    deps,
    sync,
    ['c', 'b', 'a'].map((id) => ({ id, record: site() })),
  )
  const read = async (after?: string, limit = 100) => {
    const page = await platform.changes(sync, 'chantiers', { limit, ...(after === undefined ? {} : { after }) })
    if (!page.ok) throw new Error(page.error.message)
    return { ...page.value, ids: page.value.data.map((record) => record.id) }
  }
  const first = await read(undefined, 2)
  t.match(first, { ids: ['c', 'b'], more: true })
  const second = await read(first.position)
  t.match(second, { ids: ['a'], more: false })
  t.match(await read(second.position), { ids: [], position: second.position, more: false })
  clock.move(-60_000)
  await upsert(deps, sync, [
    { id: 'c', record: { name: 'later' } },
    { id: 'aa', record: site() },
  ])
  t.same((await read(second.position)).ids, ['c', 'aa'])
  t.same((await read()).ids, ['b', 'a', 'c', 'aa'], 'each record once')
  t.match(await platform.changes(sync, 'chantiers', { limit: 1, after: 'x' }), {
    ok: false,
    error: { code: 'INVALID_ARGUMENT' },
  })
})
