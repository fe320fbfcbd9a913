import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import type { Collection, Query, Stored } from '../../../runtime/storage/port.ts'
import { planQuery, type QueryPlan } from '../../../runtime/storage/query-plan.ts'
import { selectStatements } from '../../../runtime/storage/sqlite-query.ts'
import { contractCollections, settings, things } from './contract/things.ts'

const path = join(t.testdir(), 'annex.db')
const store = await openStore({
  engine: { kind: 'sqlite', path },
  collections: contractCollections,
  clock: systemClock,
  ids: createIds(Date.now),
})
const database = new DatabaseSync(path, { readOnly: true })
t.teardown(async () => {
  database.close()
  await store.close()
})

/** What SQLite says it will do, for each statement of the query. */
function explained(
  collection: Collection<Stored>,
  organizationId: string | undefined,
  query: Query,
  after?: QueryPlan['after'],
) {
  const plan = { ...planQuery(collection, organizationId, { ...query, limit: 20 }), ...(after ? { after } : {}) }
  return selectStatements(collection, plan, 'j').map(({ text, parameters }) =>
    database
      .prepare(`explain query plan ${text}`)
      .all(...parameters, 20)
      .map((row) => String(row.detail))
      .join('; '),
  )
}

t.test('every accepted query is a search in an index, in its order', async (t) => {
  const served: [Query, string][] = [
    [{}, 'things/_id'],
    [{ sort: [['_id', 'desc']] }, 'things/_id'],
    [{ where: { email: 'a' } }, 'things/email'],
    [{ where: { group: 'g' } }, 'things/group'],
    [{ where: { group: 'g', rank: { $gt: 2 } } }, 'things/group'],
    [{ where: { rank: 2, group: 'g', title: null } }, 'things/group'],
    [{ where: { group: 'g', flag: true, count: 3 } }, 'things/group'],
    [{ where: { group: 'g' }, sort: [['rank', 'asc']] }, 'things/group'],
    [{ where: { group: 'g' }, sort: [['rank', 'desc']] }, 'things/group'],
    [{ sort: [['group', 'asc']] }, 'things/group'],
    [{ where: { shop: 's' }, sort: [['number', 'desc']] }, 'things/shop-number'],
    [{ where: { state: 'queued', 'claim.until': { $lt: 'z' } }, sort: [['claim.until', 'asc']] }, 'things/claim'],
    [{ where: { email: { $in: ['a', 'b'] } } }, 'things/email'],
  ]
  for (const [query, index] of served) {
    const [detail = ''] = explained(things, 'org', query)
    t.match(detail, `USING INDEX ${index} (`, JSON.stringify(query))
    t.notMatch(detail, 'TEMP B-TREE', JSON.stringify(query))
    t.match(detail, /^SEARCH c_things/)
  }
})

t.test('a later page starts in the index where the last one ended', async (t) => {
  const query = { where: { group: 'g' }, sort: [['rank', 'asc']] } as const
  const [upwards] = explained(things, 'org', query, [3, 'title', 'id'])
  t.match(upwards, 'USING INDEX things/group (org=? AND <expr>=? AND <expr>>?)')
  const downwards = explained(things, 'org', { ...query, sort: [['rank', 'desc']] }, [3, 'title', 'id'])
  t.match(downwards[0], 'USING INDEX things/group (org=? AND <expr>=? AND <expr><?)')
  t.match(downwards[1], 'USING INDEX things/group (org=? AND <expr>=? AND <expr>=?)', 'then the missing ones')
  for (const detail of downwards) t.notMatch(detail, 'TEMP B-TREE')
})

t.test('the system searches over all tenants by what is global', async (t) => {
  t.match(explained(things, undefined, { where: { token: 'x' } })[0], 'USING INDEX things/token')
  const due = { where: { state: 'queued', rank: { $lte: 9 } }, sort: [['rank', 'asc']] } as const
  t.match(explained(things, undefined, due)[0], 'SEARCH c_things USING INDEX things/due (<expr>=? AND <expr><?)')
  t.match(explained(settings, undefined, { where: { key: 'k' } })[0], 'USING INDEX settings/key')
  t.match(explained(settings, undefined, { where: { _id: { $in: ['a'] } } })[0], 'SEARCH c_settings')
})

t.test('sorts both ways at once only sorts what is equal in the first field', async (t) => {
  const sort = [
    ['rank', 'asc'],
    ['title', 'desc'],
  ] as const
  const [detail] = explained(things, 'org', { where: { group: 'g' }, sort })
  t.match(detail, /USING INDEX things\/group.*TEMP B-TREE FOR LAST 2 TERMS/)
})
