import type { PlatformRecord } from '@annex/sdk/context'
import type { JsonObject } from '@annex/sdk/json'
import type { ScopeGrant } from '@annex/sdk/scopes'
import t from 'tap'
import { deliveries } from '../../../runtime/events/delivery.ts'
import { KEEP_MS } from '../../../runtime/events/event-limits.ts'
import { site, user } from '../platform/open-platform.ts'
import { openReactions, type Reactions } from './open-reactions.ts'

const TYPES = ['chantiers.created', 'chantiers.updated', 'chantiers.removed']
const READ: ScopeGrant[] = [{ scope: 'read:chantiers' }]

async function create({ platform }: Reactions, more: JsonObject = {}): Promise<PlatformRecord> {
  const made = await platform.create(user(), 'chantiers', site(more))
  if (!made.ok) throw new Error(made.error.message)
  return made.value
}

const told = ({ asked }: Reactions, id = 'ins_1') =>
  asked.filter(({ installationId }) => installationId === id).map(({ args }) => args[0] as JsonObject)

const states = async ({ store }: Reactions) =>
  (
    await store
      .forOrganization('org_a')(deliveries)
      .find({ sort: [['createdAt', 'asc']] })
  ).data.map(({ state, reason }) => ({ state, ...(reason !== undefined && { reason }) }))

t.test('tells a subscriber what happened, and nobody else', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', { events: { subscribes: TYPES } }, READ)
  await it.install('ins_2', { events: { subscribes: ['chantiers.removed'] } }, READ)
  const record = await create(it)
  await it.platform.update(user(), 'chantiers', record.id, { name: 'Quai' })
  await it.settle()
  await it.platform.remove(user(), 'chantiers', record.id)
  await it.settle()
  t.match(told(it), [
    {
      id: String,
      type: 'chantiers.created',
      organizationId: 'org_a',
      resource: { name: 'chantiers', id: record.id, rev: 1 },
      data: { record: { name: 'Quai' } },
    },
    { type: 'chantiers.updated', resource: { rev: 2 }, data: { changed: ['name'] } },
    { type: 'chantiers.removed', data: {} },
  ])
  t.same(
    told(it, 'ins_2').map(({ type }) => type),
    ['chantiers.removed'],
  )
  t.same(it.asked[0]?.handler, ['on', 'chantiers.created'])
})

t.test('what the grant does not show is not told', async (t) => {
  const it = await openReactions(t)
  const limited: ScopeGrant[] = [
    {
      scope: 'read:chantiers',
      columns: ['name', 'status'],
      conditions: [{ field: 'status', op: 'eq', value: 'ACTIVE' }],
    },
  ]
  await it.install('ins_1', { events: { subscribes: TYPES } }, limited)
  await it.install('ins_2', { events: { subscribes: TYPES } }, [{ scope: 'write:chantiers' }])
  const seen = await create(it)
  const hidden = await create(it, { status: 'PLANNED' })
  await it.settle()
  await it.platform.update(user(), 'chantiers', seen.id, { city: 'Lyon', name: 'Quai' })
  await it.settle()
  await it.platform.remove(user(), 'chantiers', hidden.id)
  await it.settle()
  const events = told(it)
  t.equal(events.length, 2)
  t.same(
    events.map(({ resource }) => (resource as JsonObject).id),
    [seen.id, seen.id],
  )
  const data = events[1]?.data as { record: JsonObject; changed: string[] }
  t.same(data.changed, ['name'])
  t.same(Object.keys(data.record).sort(), ['createdAt', 'id', 'name', 'rev', 'status', 'updatedAt'])
  t.same(told(it, 'ins_2'), [], 'without the scope')
})

t.test('one record is told in order, and a failing one holds up no other', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', { events: { subscribes: TYPES } }, READ)
  const [bad, good] = [await create(it, { reference: 'BAD' }), await create(it, { reference: 'GOOD' })]
  for (const { id } of [bad, good])
    for (const name of ['one', 'two']) await it.platform.update(user(), 'chantiers', id, { name })
  let failures = 2
  const fail = ({ args }: { args: readonly unknown[] }) => {
    const { resource } = args[0] as { resource: { id: string } }
    if (resource.id === bad.id && failures-- > 0) throw new Error('not now')
  }
  for (const type of TYPES) it.handlers.set(`ins_1 on.${type}`, fail)
  await it.settle()
  const revisions = (id: string) =>
    told(it)
      .map(({ resource }) => resource as { id: string; rev: number })
      .filter((one) => one.id === id)
      .map(({ rev }) => rev)
  t.same(revisions(good.id), [1, 2, 3])
  t.same(revisions(bad.id), [1])
  for (let minute = 0; minute < 5; minute++) {
    it.clock.move(60_000)
    await it.settle()
  }
  t.same(revisions(bad.id), [1, 1, 1, 2, 3])
})

t.test('after five tries it is dead, the next of the record goes on, and an admin has it tried anew', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', { events: { subscribes: TYPES } }, READ)
  const record = await create(it)
  await it.platform.update(user(), 'chantiers', record.id, { name: 'two' })
  it.handlers.set('ins_1 on.chantiers.created', () => {
    throw new Error('never')
  })
  for (let minute = 0; minute < 8; minute++) {
    await it.settle()
    it.clock.move(60_000)
  }
  t.same(
    told(it).map(({ type }) => type),
    [...Array(5).fill('chantiers.created'), 'chantiers.updated'],
  )
  const dead = await it.events.deliveries('org_a', { state: 'DEAD' })
  if (!dead.ok) throw new Error(dead.error.message)
  const [letter] = dead.value.data
  t.match(letter, { attempts: 5, lastError: { message: /never/ }, eventId: told(it)[0]?.id })
  t.equal(Date.parse(letter?.purgeAt ?? '') - Date.parse(letter?.endedAt ?? ''), KEEP_MS, 'it is not kept for good')
  t.match(await it.events.retry('org_b', letter?._id ?? ''), { error: { code: 'NOT_FOUND' } })
  it.handlers.clear()
  const anew = await it.events.retry('org_a', letter?._id ?? '')
  t.ok(anew.ok && anew.value.purgeAt === undefined, 'nothing is forgotten while it is tried')
  await it.settle()
  t.equal(told(it).at(-1)?.id, letter?.eventId, 'under the same id')
  t.match(await it.events.retry('org_a', letter?._id ?? ''), { error: { code: 'CONFLICT' } })
})

t.test('what is disabled or gone before its turn is told nothing', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', { events: { subscribes: TYPES } }, READ)
  await create(it)
  await it.events.drain()
  it.active.clear()
  await it.settle()
  t.same(it.asked, [])
  t.match(await states(it), [{ state: 'SKIPPED', reason: /disabled/ }])
})

t.test('a business event follows from the change alone that makes it so', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', { events: { subscribes: ['INVOICE_ISSUED'] } }, [{ scope: 'read:invoices' }])
  const draft = { number: 'F-1', status: 'DRAFT', client: 'Ida', amount: '10', currency: 'EUR' }
  const made = await it.platform.create(user(), 'invoices', draft)
  if (!made.ok) throw new Error(made.error.message)
  const change = (changes: JsonObject) => it.platform.update(user(), 'invoices', made.value.id, changes)
  await change({ amount: '11' })
  await it.settle()
  t.same(told(it), [])
  await change({ status: 'ISSUED' })
  await change({ client: 'Eve' })
  await change({ status: 'PAID' })
  await it.settle()
  t.match(told(it), [{ type: 'INVOICE_ISSUED', data: { invoiceId: made.value.id, amount: '11' } }])
  t.equal(told(it).length, 1)
})

t.test('a business event is not told to whom the grant hides the field that it follows from', async (t) => {
  const it = await openReactions(t)
  const subscribes = ['INVOICE_ISSUED']
  const columns = ['number', 'amount']
  await it.install('ins_1', { events: { subscribes } }, [{ scope: 'read:invoices', columns }])
  await it.install('ins_2', { events: { subscribes } }, [{ scope: 'read:invoices', columns: [...columns, 'status'] }])
  const issued = { number: 'F-1', status: 'ISSUED', client: 'Ida', amount: '10', currency: 'EUR' }
  t.ok((await it.platform.create(user(), 'invoices', issued)).ok)
  await it.settle()
  t.same(told(it), [])
  t.equal(told(it, 'ins_2').length, 1)
  t.match(
    (await states(it)).filter(({ state }) => state === 'SKIPPED'),
    [{ reason: /the field status/ }],
  )
})

t.test('an event is passed on once, by however many nodes', async (t) => {
  const it = await openReactions(t)
  await it.install('ins_1', { events: { subscribes: TYPES } }, READ)
  for (let i = 0; i < 5; i++) await create(it)
  await Promise.all([it.events.drain(), it.events.drain(), it.events.drain()])
  await it.settle()
  t.equal(told(it).length, 5)
  t.equal(new Set(told(it).map(({ id }) => id)).size, 5)
})
