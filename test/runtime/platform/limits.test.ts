import type { PlatformRecord } from '@annex/sdk/context'
import type { JsonObject } from '@annex/sdk/json'
import type { ScopeLimits } from '@annex/sdk/scope-limits'
import type { Scope, ScopeGrant } from '@annex/sdk/scopes'
import fc from 'fast-check'
import t from 'tap'
import type { Principal } from '../../../runtime/permissions/principal.ts'
import type { Result } from '../../../runtime/result.ts'
import { EVERYTHING, installation, openPlatform, site, type TestPlatform, user } from './open-platform.ts'

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}
/** `ok`, the rule that refused, or else the code. */
const ruleOf = (result: Result<unknown>): string => {
  if (result.ok) return 'ok'
  const { rule } = (result.error.details ?? {}) as { rule?: string }
  return rule ?? result.error.code
}
const grant = (scope: Scope, limits: ScopeLimits = {}): ScopeGrant => ({ scope, ...limits })
const reader = (limits: ScopeLimits) => installation([grant('read:chantiers', limits)])
const writer = (limits: ScopeLimits, ...more: ScopeGrant[]) => installation([grant('write:chantiers', limits), ...more])
const PLATFORM = ['createdAt', 'id', 'rev', 'updatedAt']
const fieldsOf = (record: PlatformRecord | undefined) =>
  Object.keys(record ?? {})
    .filter((name) => !PLATFORM.includes(name))
    .sort()

async function seeded(t: Parameters<typeof openPlatform>[0], count = 1) {
  const deps = await openPlatform(t)
  const made: PlatformRecord[] = []
  for (let i = 0; i < count; i++) {
    const more = { reference: `C-${i}`, city: i % 2 ? 'Paris' : 'Lyon', client: 'A client', budget: '1000' }
    made.push(must(await deps.platform.create(user(), 'chantiers', site(more))))
  }
  return { ...deps, made, id: made[0]?.id ?? '' }
}

t.test('only the granted columns are shown, by every way of reading', async (t) => {
  const { platform, id } = await seeded(t)
  const some = reader({ columns: ['name', 'city'] })
  const pages = [
    must(await platform.list(some, 'chantiers')),
    must(await platform.changes(some, 'chantiers', { limit: 9 })),
  ]
  for (const record of [must(await platform.get(some, 'chantiers', id)), ...pages.map(({ data }) => data[0])]) {
    t.same(fieldsOf(record), ['city', 'name'])
    t.same(
      Object.keys(record ?? {})
        .filter((name) => PLATFORM.includes(name))
        .sort(),
      PLATFORM,
      'the four always',
    )
  }
  const none = reader({ columns: ['nothing'] })
  t.same(fieldsOf(must(await platform.get(none, 'chantiers', id))), [])
  t.ok(fieldsOf(must(await platform.get(reader({}), 'chantiers', id))).length > 4, 'control')
})

t.test('a filter by a hidden column is refused, for it would tell the value', async (t) => {
  const { platform, audit } = await seeded(t)
  const some = reader({ columns: ['name', 'city'] })
  t.equal(ruleOf(await platform.list(some, 'chantiers', { filter: { status: 'ACTIVE' } })), 'column-not-granted')
  t.equal(ruleOf(await platform.list(some, 'chantiers', { filter: { city: 'Lyon' } })), 'ok')
  t.equal(
    ruleOf(await platform.list(some, 'chantiers', { filter: { city: 'Lyon', reference: 'C-0' } })),
    'column-not-granted',
  )
  t.match((await audit.list('org_a', { actor: 'installation:ins_1' })).data, [
    { outcome: 'refused', rule: 'column-not-granted', details: { epoch: 1 } },
  ])
})

t.test('a grant may filter rows by a column that it does not show', async (t) => {
  const { platform } = await seeded(t, 4)
  const conditions = [{ field: 'city', op: 'eq' as const, value: 'Lyon' }]
  const page = must(await platform.list(reader({ conditions, columns: ['reference'] }), 'chantiers'))
  t.same(page.data.map((record) => record.reference).sort(), ['C-0', 'C-2'])
  t.same(fieldsOf(page.data[0]), ['reference'])
})

t.test('a column that is not granted is not written, whatever its value', async (t) => {
  const { platform, id, audit } = await seeded(t)
  const some = writer({ columns: ['name', 'city'] })
  t.equal(ruleOf(await platform.update(some, 'chantiers', id, { name: 'New' })), 'ok', 'control')
  for (const changes of [
    { client: 'Another' },
    { client: 'A client' },
    { client: null },
    { name: 'x', budget: '5' },
    { nothing: 1 },
  ] as JsonObject[])
    t.equal(
      ruleOf(await platform.update(some, 'chantiers', id, changes)),
      'column-not-granted',
      JSON.stringify(changes),
    )
  t.match(must(await platform.get(user(), 'chantiers', id)), {
    name: 'New',
    client: 'A client',
    budget: '1000',
    rev: 2,
  })
  t.equal(ruleOf(await platform.create(some, 'chantiers', site())), 'column-not-granted')
  const enough = writer({ columns: ['reference', 'name', 'status'] })
  t.equal(ruleOf(await platform.create(enough, 'chantiers', site())), 'ok')
  t.equal(ruleOf(await platform.create(enough, 'chantiers', site({ city: 'Lyon' }))), 'column-not-granted')
  const rows = (await audit.list('org_a', { actor: 'installation:ins_1', limit: 200 })).data
  t.equal(rows.filter((row) => row.rule === 'column-not-granted' && row.outcome === 'refused').length, 7)
})

t.test('removing takes every field away, so it needs every field', async (t) => {
  const { platform, id } = await seeded(t)
  t.equal(ruleOf(await platform.remove(writer({ columns: ['name', 'city'] }), 'chantiers', id)), 'column-not-granted')
  t.equal(ruleOf(await platform.get(user(), 'chantiers', id)), 'ok')
  t.equal(ruleOf(await platform.remove(writer({}), 'chantiers', id)), 'ok', 'control')
})

t.test('whoever writes is shown what it sent and what it may read', async (t) => {
  const { platform, id } = await seeded(t)
  const answer = async (...grants: ScopeGrant[]) =>
    fieldsOf(must(await platform.update(installation(grants), 'chantiers', id, { city: 'Lyon' })))
  t.same(await answer(grant('write:chantiers')), ['city'])
  t.same(await answer(grant('write:chantiers'), grant('read:chantiers', { columns: ['name'] })), ['city', 'name'])
  const elsewhere = [{ field: 'status', op: 'eq' as const, value: 'CLOSED' }]
  t.same(await answer(grant('write:chantiers'), grant('read:chantiers', { conditions: elsewhere })), ['city'])
  const closed = { from: '22:00', to: '23:00', timezone: 'UTC' }
  t.same(await answer(grant('write:chantiers'), grant('read:chantiers', { hours: closed })), ['city'])
  t.ok((await answer(grant('write:chantiers'), grant('read:chantiers'))).includes('client'), 'control')
})

t.test('a page is never longer than the grant lets, and the cursor goes on', async (t) => {
  const { platform, made } = await seeded(t, 11)
  const few = reader({ maxRows: 3 })
  const seen: string[] = []
  let cursor: string | undefined
  let pages = 0
  do {
    const page = must(
      await platform.list(few, 'chantiers', { limit: 200, ...(cursor === undefined ? {} : { cursor }) }),
    )
    t.ok(page.data.length <= 3)
    seen.push(...page.data.map(({ id }) => id))
    cursor = page.nextCursor
    pages++
  } while (cursor !== undefined)
  t.equal(pages, 4)
  t.same(seen.sort(), made.map(({ id }) => id).sort(), 'each record once')
  t.equal(must(await platform.list(few, 'chantiers', { limit: 2 })).data.length, 2, 'a shorter one stays so')
  const first = must(await platform.changes(few, 'chantiers', { limit: 1000 }))
  t.match(first, { more: true })
  t.equal(first.data.length, 3)
  const second = must(await platform.changes(few, 'chantiers', { limit: 1000, after: first.position }))
  t.match(second.data, [{ reference: 'C-3' }, { reference: 'C-4' }, { reference: 'C-5' }])
})

t.test('a batch that is longer than the grant lets is refused as a whole', async (t) => {
  const { store, platform, audit } = await seeded(t)
  const few = writer({ maxRows: 2 })
  const upsert = (who: Principal, count: number) =>
    store.tx((tx) => {
      const rows = Array.from({ length: count }, (_, i) => ({ id: `x${i}`, record: site() }))
      return platform.within(tx).upsertMany(who, 'chantiers', rows)
    })
  t.equal(ruleOf(await upsert(few, 3)), 'too-many-rows')
  t.equal(ruleOf(await platform.get(user(), 'chantiers', 'x0')), 'NOT_FOUND', 'nothing of it is written')
  t.equal(ruleOf(await upsert(few, 2)), 'ok')
  t.equal(ruleOf(await upsert(writer({}), 3)), 'ok', 'control')
  const atOnce = await store.tx(async (tx) => {
    const batch = platform.within(tx)
    return [few, writer({}), writer({ maxRows: 1000 }), reader({})].map((who) => batch.rowsAtOnce(who, 'chantiers'))
  })
  t.same(atOnce, [2, 500, 500, 500])
  const remove = (ids: string[]) => store.tx((tx) => platform.within(tx).removeMany(few, 'chantiers', ids))
  t.equal(ruleOf(await remove(['x0', 'x1', 'x2'])), 'too-many-rows')
  t.equal(ruleOf(await remove(['x0', 'x1'])), 'ok')
  const rows = (await audit.list('org_a', { limit: 200 })).data
  t.equal(rows.filter((row) => row.rule === 'too-many-rows').length, 2)
})

t.test('a row of a batch that names a column not granted is refused alone', async (t) => {
  const { store, platform, audit } = await seeded(t)
  const some = writer({ columns: ['reference', 'name', 'status'] })
  const rows = [
    { id: 'a', record: site() },
    { id: 'b', record: site({ client: 'x' }) },
    { id: 'a', record: { client: null } },
  ]
  const outcome = must(await store.tx((tx) => platform.within(tx).upsertMany(some, 'chantiers', rows)))
  t.match(outcome, [
    { change: 'created' },
    { change: 'refused', rule: 'column-not-granted', error: { code: 'PERMISSION_DENIED' } },
    { change: 'refused', rule: 'column-not-granted' },
  ])
  t.match((await audit.list('org_a', { actor: 'installation:ins_1' })).data, [
    { outcome: 'refused', rule: 'column-not-granted', details: { rows: 2 } },
    { outcome: 'allowed', details: { created: 1, refused: 2 } },
  ])
})

t.test('outside its hours nothing is done, and a minute later it is', async (t) => {
  const { platform, store, clock, id } = await seeded(t)
  // The clock of the test stands at eight in the morning, a Sunday, in UTC.
  const hours = { days: ['SUN' as const], from: '09:01', to: '12:00', timezone: 'Europe/Paris' }
  const who = installation([grant('read:chantiers', { hours }), grant('write:chantiers', { hours })])
  const all = async () => [
    ruleOf(await platform.list(who, 'chantiers')),
    ruleOf(await platform.get(who, 'chantiers', id)),
    ruleOf(await platform.changes(who, 'chantiers', { limit: 1 })),
    ruleOf(await platform.create(who, 'chantiers', site())),
    ruleOf(await platform.update(who, 'chantiers', id, { city: 'Lyon' })),
    ruleOf(await store.tx((tx) => platform.within(tx).upsertMany(who, 'chantiers', [{ record: site() }]))),
    ruleOf(await store.tx((tx) => platform.within(tx).removeMany(who, 'chantiers', ['none']))),
    ruleOf(await platform.remove(who, 'chantiers', id)),
  ]
  t.same(new Set(await all()), new Set(['outside-hours']))
  clock.move(60_000)
  t.same(new Set(await all()), new Set(['ok']))
})

t.test('an installation and who started it see what both may see', async (t) => {
  const { platform, audit } = await seeded(t, 6)
  const conditions = [{ field: 'city', op: 'eq' as const, value: 'Lyon' }]
  const actor = user('org_a', [grant('read:chantiers', { columns: ['reference', 'city'], maxRows: 2 })])
  const both = installation([grant('read:chantiers', { conditions, columns: ['reference', 'client'] })], { actor })
  const page = must(await platform.list(both, 'chantiers', { limit: 50 }))
  t.same(page.data.map(fieldsOf), [['reference'], ['reference']])
  t.ok(
    page.data.every(({ reference }) => ['C-0', 'C-2', 'C-4'].includes(String(reference))),
    'of Lyon',
  )
  t.equal(ruleOf(await platform.list(both, 'chantiers', { filter: { city: 'Lyon' } })), 'column-not-granted')
  await audit.flush()
  t.match((await audit.list('org_a', { action: 'platform.list' })).data, [
    { details: { epoch: 1, startedBy: 'user:usr_org_a' } },
    { details: { epoch: 1, startedBy: 'user:usr_org_a', count: 2 } },
  ])
})

t.test('nothing that is held back can be had by any call', async (t) => {
  const deps = await openPlatform(t)
  const { platform } = deps
  const secret = 'hidden-value'
  const { id } = must(await platform.create(user(), 'chantiers', site({ client: secret, city: 'Lyon' })))
  const columns = fc.subarray(['reference', 'name', 'status', 'city', 'street'], { minLength: 1 })
  const changes = fc.dictionary(
    fc.constantFrom('client', 'city', 'name', 'street', 'id', 'rev'),
    fc.constantFrom<string | null>(null, 'x', 'Lyon'),
    { maxKeys: 2 },
  )
  await fc.assert(
    fc.asyncProperty(columns, columns, changes, async (read, write, changes) => {
      const who = installation([
        grant('read:chantiers', { columns: read }),
        grant('write:chantiers', { columns: write }),
      ])
      const answers = await everyCall(deps, who, id, changes)
      const shown = JSON.stringify(answers)
      return !shown.includes(secret) && answers.length === 6
    }),
    { numRuns: 40 },
  )
  t.match(must(await platform.get(user(), 'chantiers', id)), { client: secret }, 'and it is as it was')
  const all = await everyCall(deps, installation(EVERYTHING), id, {})
  t.ok(JSON.stringify(all).includes(secret), 'control: with the grant it is shown')
})

async function everyCall(
  { platform, store }: TestPlatform,
  who: Principal,
  id: string,
  changes: JsonObject,
): Promise<Result<unknown>[]> {
  return [
    await platform.list(who, 'chantiers'),
    await platform.list(who, 'chantiers', { filter: { reference: 'C-1' } }),
    await platform.get(who, 'chantiers', id),
    await platform.changes(who, 'chantiers', { limit: 10 }),
    await platform.update(who, 'chantiers', id, changes),
    await store.tx((tx) => platform.within(tx).upsertMany(who, 'chantiers', [{ id, record: changes }])),
  ]
}
