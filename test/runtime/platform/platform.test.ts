import type { PlatformRecord } from '@annex/sdk/context'
import type { ScopeCondition } from '@annex/sdk/scope-limits'
import type { ScopeGrant } from '@annex/sdk/scopes'
import t from 'tap'
import type { Result } from '../../../runtime/result.ts'
import { EVERYTHING, installation, openPlatform, site, user } from './open-platform.ts'

const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}
const code = (result: Result<unknown>) => (result.ok ? 'ok' : result.error.code)
const when = (field: string, op: ScopeCondition['op'], value: ScopeCondition['value']): ScopeGrant[] =>
  EVERYTHING.map((grant) => ({ ...grant, conditions: [{ field, op, value }] }))

t.test('creates, reads, changes and removes a record', async (t) => {
  const { platform, clock } = await openPlatform(t)
  const created = must(await platform.create(user(), 'chantiers', site()))
  t.match(created, { ...site(), id: /^rec_/, rev: 1, createdAt: clock.iso(), updatedAt: clock.iso() })
  clock.move(1000)
  const updated = must(await platform.update(user(), 'chantiers', created.id, { name: 'Autre', city: 'Lyon' }))
  t.match(updated, {
    name: 'Autre',
    city: 'Lyon',
    reference: 'C-1',
    rev: 2,
    createdAt: created.createdAt,
    updatedAt: clock.iso(),
  })
  const without = must(await platform.update(user(), 'chantiers', created.id, { city: null }, { ifRev: 2 }))
  t.notOk('city' in without, 'null takes an optional field away')
  t.same(must(await platform.get(user(), 'chantiers', created.id)), without)
  t.equal(must(await platform.remove(user(), 'chantiers', created.id)), null)
  for (const gone of [
    platform.get(user(), 'chantiers', created.id),
    platform.update(user(), 'chantiers', created.id, { name: 'x' }),
    platform.remove(user(), 'chantiers', created.id),
  ])
    t.equal(code(await gone), 'NOT_FOUND')
})

t.test('refuses what does not fit the schema, and says where', async (t) => {
  const { platform } = await openPlatform(t)
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ ...site(), colour: 'red' }, /^\/colour is not a field of chantiers$/],
    [{ ...site(), 'a/b~c': 1 }, /^\/a~1b~0c is not/],
    [{ ...site(), id: 'mine' }, /^\/id is set by the platform$/],
    [{ ...site(), organizationId: 'org_b' }, /^\/organizationId is not/],
    [JSON.parse('{"reference":"C","name":"n","status":"ACTIVE","__proto__":{"x":1}}'), /^\/__proto__ is not/],
    [{ name: 'n', status: 'ACTIVE' }, /^\/reference is missing$/],
    [{ ...site(), name: 5 }, /^\/name must be string$/],
    [{ ...site(), name: '' }, /^\/name/],
    [{ ...site(), status: 'OPEN' }, /^\/status/],
    [{ ...site(), startsOn: '2026-02-30' }, /^\/startsOn must match format "date"$/],
    [{ ...site(), city: null }, /^\/city must be string$/],
    [{ ...site(), name: { $gt: '' } }, /^\/name must be string$/],
  ]
  for (const [record, message] of cases) {
    t.match(await platform.create(user(), 'chantiers', record as never), {
      ok: false,
      error: { code: 'INVALID_ARGUMENT', message },
    })
  }
  const { id } = must(await platform.create(user(), 'chantiers', site()))
  for (const changes of [{ rev: 9 }, { name: null }, { colour: null }, { status: 'x' }]) {
    t.equal(code(await platform.update(user(), 'chantiers', id, changes)), 'INVALID_ARGUMENT', JSON.stringify(changes))
  }
  t.equal(must(await platform.get(user(), 'chantiers', id)).rev, 1)
  t.equal(code(await platform.create(user(), 'nothing', {})), 'NOT_FOUND')
  t.equal(code(await platform.list(user(), '__proto__')), 'NOT_FOUND')
})

t.test('a change that changes nothing writes nothing', async (t) => {
  const { platform, audit } = await openPlatform(t)
  const { id } = must(await platform.create(user(), 'chantiers', site()))
  t.equal(must(await platform.update(user(), 'chantiers', id, site())).rev, 1)
  const rows = (await audit.list('org_a', { action: 'platform.update' })).data
  t.match(rows, [{ outcome: 'allowed', details: { changed: false } }])
})

t.test('a stale revision is a conflict', async (t) => {
  const { platform } = await openPlatform(t)
  const { id } = must(await platform.create(user(), 'chantiers', site()))
  const both = await Promise.all(
    ['one', 'two'].map((name) => platform.update(user(), 'chantiers', id, { name }, { ifRev: 1 })),
  )
  t.same(both.map(code).sort(), ['CONFLICT', 'ok'])
  t.equal(code(await platform.update(user(), 'chantiers', id, { name: 'one' }, { ifRev: 7 })), 'CONFLICT')
})

t.test('lists by filters and pages', async (t) => {
  const { platform } = await openPlatform(t)
  for (let i = 0; i < 25; i++) {
    must(await platform.create(user(), 'chantiers', site({ reference: `C-${i}`, status: i % 2 ? 'ACTIVE' : 'CLOSED' })))
  }
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = must(
      await platform.list(user(), 'chantiers', { limit: 10, ...(cursor === undefined ? {} : { cursor }) }),
    )
    seen.push(...page.data.map((record) => String(record.reference)))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  t.equal(new Set(seen).size, 25)
  const list = async (filter: Record<string, string | number>) =>
    must(await platform.list(user(), 'chantiers', { filter })).data.map((record) => record.reference)
  t.equal((await list({ status: 'ACTIVE' })).length, 12)
  t.same(await list({ reference: 'C-3', status: 'ACTIVE' }), ['C-3'])
  t.same(await list({ reference: 'C-3', status: 'CLOSED' }), [])
  t.same(await list({ city: 'Lyon' }), [])
  for (const options of [
    { filter: { name: 'x' } },
    { filter: { organizationId: 'org_b' } },
    { filter: { 'fields.status': 'ACTIVE' } },
    { limit: 0 },
    { limit: 201 },
    { limit: 1.5 },
    { cursor: 'nonsense' },
  ])
    t.equal(code(await platform.list(user(), 'chantiers', options)), 'INVALID_ARGUMENT', JSON.stringify(options))
})

t.test('decides every operation by its scope, and records refusals before it answers', async (t) => {
  const { platform, audit } = await openPlatform(t)
  const { id } = must(await platform.create(user(), 'chantiers', site()))
  const operations = (who: ReturnType<typeof user> | ReturnType<typeof installation>) => [
    platform.list(who, 'chantiers'),
    platform.get(who, 'chantiers', id),
    platform.changes(who, 'chantiers', { limit: 1 }),
    platform.create(who, 'chantiers', site()),
    platform.update(who, 'chantiers', id, { name: 'x' }),
    platform.remove(who, 'chantiers', id),
  ]
  const codes = async (grants: ScopeGrant[]) => (await Promise.all(operations(installation(grants)))).map(code)
  const no = 'PERMISSION_DENIED'
  t.same(await codes([]), [no, no, no, no, no, no])
  t.same(await codes([{ scope: 'read:chantiers' }]), ['ok', 'ok', 'ok', no, no, no])
  t.same(await codes([{ scope: 'read:timesheets' }, { scope: 'write:timesheets' }]), [no, no, no, no, no, no])
  const odd = ['read:*', 'write:chantiers ', 'WRITE:chantiers', 'read', '*'].map((scope) => ({ scope }) as ScopeGrant)
  t.same(await codes(odd), [no, no, no, no, no, no])
  const refused = (await audit.list('org_a', { actor: 'installation:ins_1', limit: 200 })).data.filter(
    (row) => row.outcome === 'refused',
  )
  t.equal(refused.length, 21)
  t.ok(refused.every((row) => row.rule === 'scope-not-granted'))
  t.equal((await codes([{ scope: 'write:chantiers' }])).at(-1), 'ok', 'control: with the scope it is removed')
})

t.test('an installation is never a way around the rights of who started it', async (t) => {
  const { platform, audit } = await openPlatform(t)
  const weak = installation(EVERYTHING, { actor: user('org_a', [{ scope: 'read:chantiers' }]) })
  t.equal(code(await platform.list(weak, 'chantiers')), 'ok')
  t.equal(code(await platform.create(weak, 'chantiers', site())), 'PERMISSION_DENIED')
  t.match((await audit.list('org_a')).data, [{ outcome: 'refused', rule: 'actor-not-granted' }])
  t.equal(code(await platform.create({ ...weak, actor: user() }, 'chantiers', site())), 'ok', 'control')
})

t.test('row conditions hold for reading', async (t) => {
  const { platform } = await openPlatform(t)
  const made: PlatformRecord[] = []
  for (let i = 0; i < 30; i++) {
    const city = i % 3 === 0 ? { city: 'Lyon' } : i % 3 === 1 ? { city: 'Paris' } : {}
    made.push(must(await platform.create(user(), 'chantiers', site({ reference: `C-${i}`, ...city }))))
  }
  const [lyon, paris, nowhere] = made
  for (const [op, value] of [
    ['eq', 'Lyon'],
    ['in', ['Lyon']],
    ['lt', 'M'],
    ['ne', 'Paris'],
  ] as const) {
    const reader = installation(when('city', op, value as string))
    const page = must(await platform.list(reader, 'chantiers', { limit: 7 }))
    t.equal(page.data.length, 7, `${op}: a page is filled past what is hidden`)
    t.ok(
      page.data.every((record) => record.city === 'Lyon'),
      op,
    )
    t.equal(code(await platform.get(reader, 'chantiers', lyon?.id ?? '')), 'ok')
    t.equal(code(await platform.get(reader, 'chantiers', paris?.id ?? '')), 'NOT_FOUND')
    t.equal(
      code(await platform.get(reader, 'chantiers', nowhere?.id ?? '')),
      'NOT_FOUND',
      `${op}: a record without the field`,
    )
    t.same(must(await platform.list(reader, 'chantiers', { filter: { city: 'Paris' } })).data, [])
    const changes = must(await platform.changes(reader, 'chantiers', { limit: 1000 }))
    t.equal(changes.data.length, 10)
  }
  const unknown = installation(when('owner', 'ne', 'me'))
  t.same(must(await platform.list(unknown, 'chantiers')).data, [], 'a field that no record has')
  const actor = installation(when('city', 'eq', 'Lyon'), { actor: user('org_a', when('reference', 'eq', 'C-3')) })
  t.same(
    must(await platform.list(actor, 'chantiers')).data.map((record) => record.reference),
    ['C-3'],
    'both conditions',
  )
})

t.test('row conditions hold for writing, before and after', async (t) => {
  const { platform, audit } = await openPlatform(t)
  const lyon = must(await platform.create(user(), 'chantiers', site({ city: 'Lyon' })))
  const paris = must(await platform.create(user(), 'chantiers', site({ city: 'Paris' })))
  const write = (more: ScopeGrant[]) =>
    installation([{ scope: 'write:chantiers', conditions: [{ field: 'city', op: 'eq', value: 'Lyon' }] }, ...more])
  const sees = write([{ scope: 'read:chantiers' }])
  const blind = write([])
  t.equal(code(await platform.update(sees, 'chantiers', lyon.id, { name: 'ok' })), 'ok', 'control')
  t.equal(code(await platform.update(sees, 'chantiers', paris.id, { name: 'x' })), 'PERMISSION_DENIED')
  t.equal(
    code(await platform.update(sees, 'chantiers', paris.id, { city: 'Lyon' })),
    'PERMISSION_DENIED',
    'no taking over',
  )
  t.equal(
    code(await platform.update(sees, 'chantiers', lyon.id, { city: 'Paris' })),
    'PERMISSION_DENIED',
    'no giving away',
  )
  t.equal(code(await platform.update(sees, 'chantiers', lyon.id, { city: null })), 'PERMISSION_DENIED', 'no hiding')
  t.equal(code(await platform.remove(sees, 'chantiers', paris.id)), 'PERMISSION_DENIED')
  t.equal(code(await platform.create(sees, 'chantiers', site({ city: 'Paris' }))), 'PERMISSION_DENIED')
  t.equal(code(await platform.create(sees, 'chantiers', site())), 'PERMISSION_DENIED')
  t.equal(
    code(await platform.update(blind, 'chantiers', paris.id, { name: 'x' })),
    'NOT_FOUND',
    'who cannot see it does not learn of it',
  )
  t.equal(code(await platform.remove(blind, 'chantiers', paris.id)), 'NOT_FOUND')
  t.match(must(await platform.get(user(), 'chantiers', paris.id)), { name: site().name, rev: 1 })
  t.equal(must(await platform.list(user(), 'chantiers')).data.length, 2)
  const rows = (await audit.list('org_a', { actor: 'installation:ins_1' })).data
  t.equal(rows.filter((row) => row.outcome === 'refused' && row.rule === 'row-condition').length, 9)
})

t.test('who may write but not read learns nothing by writing', async (t) => {
  const { platform } = await openPlatform(t)
  const { id } = must(await platform.create(user(), 'chantiers', site({ client: 'A client' })))
  const writer = installation([{ scope: 'write:chantiers' }])
  for (const changes of [{}, { name: 'other' }]) {
    const answer = must(await platform.update(writer, 'chantiers', id, changes))
    t.same(Object.keys(answer).sort(), [...Object.keys(changes), 'createdAt', 'id', 'rev', 'updatedAt'].sort())
  }
  const reader = installation([{ scope: 'write:chantiers' }, { scope: 'read:chantiers' }])
  t.equal(must(await platform.update(reader, 'chantiers', id, {})).client, 'A client', 'control: a reader is shown it')
})

t.test('no organization reaches another one', async (t) => {
  const { platform, audit } = await openPlatform(t)
  const theirs = must(await platform.create(user('org_b'), 'chantiers', site({ name: 'Theirs' })))
  const mine = user('org_a')
  t.same(must(await platform.list(mine, 'chantiers')).data, [])
  t.same(must(await platform.changes(mine, 'chantiers', { limit: 10 })).data, [])
  t.equal(code(await platform.get(mine, 'chantiers', theirs.id)), 'NOT_FOUND')
  t.equal(code(await platform.update(mine, 'chantiers', theirs.id, { name: 'Mine' })), 'NOT_FOUND')
  t.equal(code(await platform.remove(mine, 'chantiers', theirs.id)), 'NOT_FOUND')
  must(await platform.create(user('org_b'), 'chantiers', site()))
  const foreign = must(await platform.list(user('org_b'), 'chantiers', { limit: 1 })).nextCursor ?? ''
  t.equal(code(await platform.list(mine, 'chantiers', { cursor: foreign })), 'INVALID_ARGUMENT')
  t.equal(must(await platform.get(user('org_b'), 'chantiers', theirs.id)).name, 'Theirs', 'control')
  await audit.flush()
  t.ok((await audit.list('org_a', { limit: 200 })).data.every((row) => row.actor === 'user:usr_org_a'))
})
