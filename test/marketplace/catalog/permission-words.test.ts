import type { Capabilities, ScopeWish } from '@annex/sdk/manifest/capabilities'
import t from 'tap'
import { permissionSheet } from '../../../marketplace/catalog/permission-words.ts'

const wordsOf = (wish: Omit<ScopeWish, 'reason'>) => {
  const scopes = { required: [{ reason: 'because', ...wish }], optional: [] }
  const capabilities: Capabilities = {
    ...{ kind: 'connector', scopes, egress: [], configHosts: [], injections: [], secrets: [] },
    ...{ events: { subscribes: [], emits: [] }, schedules: [], dependencies: [] },
  }
  return permissionSheet(capabilities).required[0]?.words
}

t.test('a scope is told in plain words, with its limits', async (t) => {
  t.equal(wordsOf({ scope: 'read:sav' }), 'Read your after-sales tickets')
  t.equal(wordsOf({ scope: 'write:chantiers' }), 'Create, change and delete your construction sites')
  t.equal(
    wordsOf({
      scope: 'read:chantiers',
      conditions: [
        { field: 'status', op: 'in', value: ['ACTIVE', 'PAUSED'] },
        { field: 'city', op: 'ne', value: 'Lyon' },
      ],
    }),
    'Read your construction sites, only where status is one of ACTIVE, PAUSED and city is not Lyon',
  )
  t.equal(wordsOf({ scope: 'read:chantiers', columns: ['name'] }), 'Read your construction sites, only the field name')
  t.equal(
    wordsOf({ scope: 'read:chantiers', columns: ['name', 'city'], maxRows: 1 }),
    'Read your construction sites, only the fields name, city, at most 1 record at a time',
  )
  t.match(wordsOf({ scope: 'write:chantiers', columns: ['name'] }), /^Create and change your/, 'but not delete')
  const hours = { from: '22:00', to: '06:00', timezone: 'Europe/Paris' }
  t.equal(
    wordsOf({ scope: 'write:timesheets', hours }),
    'Create, change and delete your timesheets, only from 22:00 to 06:00 (Europe/Paris)',
  )
  t.match(
    wordsOf({ scope: 'read:timesheets', hours: { ...hours, days: ['SAT', 'SUN'] } }),
    /only on Saturday, Sunday from/,
  )
})
