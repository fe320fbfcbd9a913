import { entryOf, grantOf, readGrants } from '@annex/sdk/read-grants'
import { ScopeEntry, ScopeLimits } from '@annex/sdk/scope-limits'
import { ALL_SCOPES } from '@annex/sdk/scopes'
import { Ajv } from 'ajv'
import t from 'tap'

const hours = { from: '08:00', to: '18:00', timezone: 'Europe/Paris' }

t.test('shorthands mean their long forms, with the limits that they carry', async (t) => {
  t.same(readGrants(['chantiers:*', 'read:timesheets']), {
    grants: [{ scope: 'read:chantiers' }, { scope: 'read:timesheets' }, { scope: 'write:chantiers' }],
  })
  t.same(readGrants([{ scope: 'chantiers:*', maxRows: 5 }]), {
    grants: [
      { scope: 'read:chantiers', maxRows: 5 },
      { scope: 'write:chantiers', maxRows: 5 },
    ],
  })
  t.same(readGrants(['read', 'write']), { grants: [...ALL_SCOPES].sort().map((scope) => ({ scope })) })
  t.same(readGrants(['read', 'read:assets', 'read']), readGrants(['read']), 'each scope once')
  t.same(readGrants([]), { grants: [] })
})

t.test('what names no scope is told, all of it', async (t) => {
  for (const odd of ['', '*', ':*', 'read:*', 'READ', 'read:chantiers ', 'chantiers', '__proto__:*', 'write:nothing'])
    t.same(readGrants([odd, 'read']), { unknown: [odd] }, JSON.stringify(odd))
  t.same(readGrants(['a', { scope: 'b', maxRows: 1 }]), { unknown: ['a', 'b'] })
})

t.test('a scope that stands twice with limits means nothing', async (t) => {
  const limited = { scope: 'read:chantiers', maxRows: 5 }
  for (const entries of [
    [limited, 'read:chantiers'],
    ['read', limited],
    [limited, { ...limited, maxRows: 6 }],
  ])
    t.match(readGrants(entries), { problems: [{ pointer: '/1', message: /twice, with limits/ }] })
})

t.test('limits that cannot be meant are told with their place', async (t) => {
  const entry = {
    scope: 'read:timesheets',
    columns: ['day', 'colour'],
    conditions: [
      { field: 'status', op: 'eq' as const, value: 'APPROVED' },
      { field: 'minutes', op: 'gt' as const, value: [5] },
      { field: 'weather', op: 'eq' as const, value: 'fine' },
    ],
    hours: { ...hours, to: hours.from, timezone: 'Europe/Atlantis' },
  }
  t.match(readGrants(['read:chantiers', entry]), {
    problems: [
      { pointer: '/1/conditions/1' },
      { pointer: '/1/conditions/2/field' },
      { pointer: '/1/columns/1' },
      { pointer: '/1/hours/to' },
      { pointer: '/1/hours/timezone' },
    ],
  })
  const platform = { scope: 'read:chantiers', conditions: [{ field: 'updatedAt', op: 'gt' as const, value: '2026' }] }
  t.match(readGrants([platform]), { grants: [platform] }, 'the fields that the platform sets are fields')
  const later = { scope: 'read:assets', columns: ['serial'] }
  t.match(readGrants([later]), { grants: [later] }, 'of a resource that is not declared nothing is known')
})

t.test('what is kept is read back as the same grant', async (t) => {
  const read = readGrants(['read:chantiers', { scope: 'read:timesheets', maxRows: 5, columns: ['day'], hours }])
  if (!('grants' in read)) throw new Error('not read')
  const kept = read.grants.map(entryOf)
  t.same(kept, ['read:chantiers', { scope: 'read:timesheets', maxRows: 5, columns: ['day'], hours }])
  t.same(kept.map(grantOf), read.grants)
  t.same(readGrants(kept), read)
  const newer = { scope: 'read:chantiers', rate: 5 } as unknown as Parameters<typeof grantOf>[0]
  t.match(grantOf(newer), { rate: 5 }, 'a limit of a later release is not forgotten')
})

t.test('the schema bounds every part', async (t) => {
  const ajv = new Ajv({ strict: true })
  const fits = ajv.compile(ScopeLimits)
  t.ok(fits({ columns: ['a'], maxRows: 1000, hours, conditions: [{ field: 'a', op: 'eq', value: 1 }] }), 'control')
  const condition = { field: 'a', op: 'eq', value: 'x' }
  for (const odd of [
    { columns: [] },
    { columns: Array.from({ length: 65 }, (_, at) => `c${at}`) },
    { columns: ['a', 'a'] },
    { columns: ['a.b'] },
    { columns: ['x'.repeat(65)] },
    { maxRows: 0 },
    { maxRows: 1001 },
    { maxRows: 1.5 },
    { conditions: [] },
    { conditions: Array(9).fill(condition) },
    { conditions: [{ ...condition, value: 'x'.repeat(257) }] },
    { conditions: [{ ...condition, value: Array(65).fill('x') }] },
    { conditions: [{ ...condition, value: { $ne: 1 } }] },
    { conditions: [{ ...condition, value: null }] },
    { conditions: [{ ...condition, op: '$where' }] },
    { conditions: [{ ...condition, more: 1 }] },
    { hours: { ...hours, from: '24:00' } },
    { hours: { ...hours, to: '24:01' } },
    { hours: { ...hours, from: '8:00' } },
    { hours: { ...hours, days: [] } },
    { hours: { ...hours, days: ['MON', 'MON'] } },
    { hours: { ...hours, days: ['monday'] } },
    { hours: { ...hours, timezone: '+02:00' } },
    { hours: { ...hours, timezone: 'a/'.repeat(40) } },
    { hours: [hours] },
    { narrowed: [] },
    { scope: 'read' },
  ])
    t.notOk(fits(odd), JSON.stringify(odd).slice(0, 80))
  const entry = ajv.compile(ScopeEntry)
  for (const good of ['read', { scope: 'read', maxRows: 1 }]) t.ok(entry(good))
  for (const odd of ['', 'x'.repeat(101), {}, { scope: '' }, { scope: 'read', rate: 1 }, null, 5, ['read']])
    t.notOk(entry(odd), JSON.stringify(odd).slice(0, 40))
})
