import type { ScopeLimits } from '@annex/sdk/scope-limits'
import t from 'tap'
import type { Restrictions } from '../../../runtime/permissions/restrictions.ts'
import { reachesRecord } from '../../../runtime/platform/reaches-record.ts'
import { openPlatform, site, user } from './open-platform.ts'

const LYON: Restrictions = { conditions: [{ field: 'city', op: 'eq', value: 'Lyon' }], hours: [] }
const BUDGET: Restrictions = { conditions: [{ field: 'budget', op: 'eq', value: '1000' }], hours: [] }

t.test('tells of a record to who may see all of it, and to nobody else', async (t) => {
  const { platform, store, clock } = await openPlatform(t)
  const made = await platform.create(user(), 'chantiers', site({ city: 'Lyon', budget: '1000' }))
  if (!made.ok) throw new Error(made.error.message)
  const { id } = made.value
  const ask = (limits: ScopeLimits | undefined, more: object = {}) => {
    const asker = user('org_a', limits ? [{ scope: 'read:chantiers', ...limits }] : [{ scope: 'write:chantiers' }])
    const question = { asker, scope: 'write:chantiers', resource: 'chantiers', id, at: clock.now() } as const
    return reachesRecord(store, { ...question, ...more })
  }
  const reaches = await ask({})
  t.equal(reaches?.(LYON), true)
  t.equal(reaches?.({ ...LYON, conditions: [{ field: 'city', op: 'eq', value: 'Paris' }] }), false)
  t.equal((await ask({ conditions: LYON.conditions as ScopeLimits['conditions'] & object }))?.(BUDGET), true)

  const paris = [{ field: 'city', op: 'eq' as const, value: 'Paris' }]
  t.equal(await ask(undefined), undefined, 'who does not read')
  t.equal(await ask({ conditions: paris }), undefined, 'who does not see this one')
  t.equal(await ask({ columns: ['city'] }), undefined, 'who does not see all of it: the answer would tell the budget')
  t.equal(await ask({ hours: { from: '01:00', to: '02:00', timezone: 'UTC' } }), undefined, 'who does not see it now')
  t.equal(await ask({}, { id: 'rec_none' }), undefined)
  const hours = { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'DRAFT' }
  const sheet = await platform.create(user(), 'timesheets', hours)
  const elsewhere = { resource: 'timesheets', id: sheet.ok ? sheet.value.id : '', asker: user() }
  t.equal(await ask({}, elsewhere), undefined, 'of a resource that the scope is not for')
  t.ok(await ask({}, { ...elsewhere, scope: 'write:timesheets' }), 'control')
  t.equal(await ask({}, { resource: '__proto__' }), undefined)
  t.equal(await ask({}, { asker: user('org_b') }), undefined, 'of another organization')
})
