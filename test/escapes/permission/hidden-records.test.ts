import { answerOf, codeOf, type TestHost } from '../../runtime/host-api/open-host-api.ts'
import { installation, site, user } from '../../runtime/platform/open-platform.ts'
import { runIdeas } from '../egress/run-ideas.ts'
import { openDeputies, type Page, READ_ALL, READ_SOME, SECRET, WRITE_SOME } from './open-deputies.ts'

/** What is told of a record that is hidden must be what is told of one that is not there. */
async function toldApart(call: (id: string) => ReturnType<TestHost['call']>, hidden: string): Promise<boolean> {
  const [there, nowhere] = [await call(hidden), await call('rec_that_is_not_there')]
  return (
    JSON.stringify(there).replaceAll(hidden, '') !== JSON.stringify(nowhere).replaceAll('rec_that_is_not_there', '')
  )
}

runIdeas('rows', [
  {
    title: 'a hidden record is as one that is not there, whatever is asked of it',
    async control(t) {
      const { as, hidden } = await openDeputies(t)
      const call = as([...READ_ALL, { scope: 'write:chantiers' }])
      const apart = await toldApart((id) => call('platform.get', { resource: 'chantiers', id }), hidden)
      return apart ? 'without the condition it is told apart' : undefined
    },
    async attack(t) {
      const { as, hidden } = await openDeputies(t)
      const call = as([...READ_SOME, ...WRITE_SOME])
      const asked: [name: string, more: object][] = [
        ['platform.get', {}],
        ['platform.update', { changes: {} }],
        ['platform.update', { changes: { status: 'ACTIVE' } }],
        ['platform.update', { changes: { nonsense: 1 } }],
        ['platform.update', { changes: {}, ifRev: 1 }],
        ['platform.update', { changes: {}, ifRev: 2 }],
        ['platform.remove', {}],
      ]
      for (const [name, more] of asked) {
        const apart = await toldApart((id) => call(name, { resource: 'chantiers', id, ...more }), hidden)
        t.notOk(apart, `${name} ${JSON.stringify(more)}`)
      }
    },
  },
  {
    title: 'a change does not bring a hidden record into view, nor one out of it',
    async control(t) {
      const { as, hidden } = await openDeputies(t)
      const changed = await as([{ scope: 'write:chantiers' }])('platform.update', {
        ...{ resource: 'chantiers', id: hidden, changes: { status: 'ACTIVE' } },
      })
      return changed.ok ? 'without the condition it is changed' : undefined
    },
    async attack(t) {
      const { as, hidden, shown, platform } = await openDeputies(t)
      const call = as([...READ_SOME, ...WRITE_SOME])
      const change = (id: string, changes: object) => call('platform.update', { resource: 'chantiers', id, changes })
      t.equal(codeOf(await change(hidden, { status: 'ACTIVE' })), 'NOT_FOUND')
      t.equal(codeOf(await change(shown, { status: 'CLOSED' })), 'PERMISSION_DENIED')
      t.equal(
        codeOf(await call('platform.create', { resource: 'chantiers', record: site({ status: 'CLOSED' }) })),
        'PERMISSION_DENIED',
      )
      t.match(await platform.get(user(), 'chantiers', hidden), { value: { status: 'CLOSED', rev: 1 } })
      t.match(await platform.get(user(), 'chantiers', shown), { value: { status: 'ACTIVE', rev: 1 } })
    },
  },
  {
    title: 'no page and no cursor names a hidden record',
    async control(t) {
      const { as, hidden, shown } = await openDeputies(t)
      const page = answerOf(await as(READ_ALL)('platform.list', { resource: 'chantiers', limit: 1 })) as Page
      const cursor = Buffer.from(page.nextCursor ?? '', 'base64url').toString()
      return [hidden, shown].some((id) => cursor.includes(id))
        ? 'a cursor is readable, and names the last record'
        : undefined
    },
    async attack(t) {
      const { as, platform } = await openDeputies(t)
      const hidden: string[] = []
      // More of them in a row than a call passes over.
      for (let i = 0; i < 100; i++) {
        const made = await platform.create(user(), 'chantiers', site({ reference: `H-${i}`, status: 'CLOSED' }))
        if (made.ok) hidden.push(made.value.id)
      }
      const told: string[] = []
      for (const limit of [1, 2, 3, 200]) {
        for (let cursor: string | undefined, pages = 0; pages < 200; pages++) {
          const query = { resource: 'chantiers', limit, ...(cursor === undefined ? {} : { cursor }) }
          const page = answerOf(await as(READ_SOME)('platform.list', query)) as Page
          cursor = page.nextCursor
          told.push(JSON.stringify(page), Buffer.from(cursor ?? '', 'base64url').toString())
          if (cursor === undefined) break
        }
      }
      t.same(
        hidden.filter((id) => told.some((text) => text.includes(id))),
        [],
      )
    },
  },
  {
    title: 'positions in the feed of changes show hidden records to nobody',
    async control(t) {
      const { platform } = await openDeputies(t)
      const feed = await platform.changes(installation(READ_ALL), 'chantiers', { limit: 10 })
      return feed.ok && JSON.stringify(feed.value.data).includes(SECRET)
        ? 'without the condition they are in it'
        : undefined
    },
    async attack(t) {
      const { platform, as } = await openDeputies(t)
      const feed = await platform.changes(installation(READ_SOME), 'chantiers', { limit: 10 })
      t.notMatch(JSON.stringify(feed), SECRET)
      t.equal(
        codeOf(await as(READ_SOME)('platform.changes', { resource: 'chantiers' })),
        'INVALID_ARGUMENT',
        'no guest has it',
      )
      for (const after of ['-1', '1e3', '0x1', '1 or 1', '9'.repeat(16), ''])
        t.match(await platform.changes(installation(READ_ALL), 'chantiers', { after, limit: 1 }), { ok: false })
    },
  },
])

runIdeas('batches', [
  {
    title: 'an id of another organization is neither read, changed nor taken away',
    async control(t) {
      const { store, platform, foreign } = await openDeputies(t)
      const outcome = await store.tx((tx) =>
        platform
          .within(tx)
          .upsertMany(installation([{ scope: 'write:chantiers' }], { organizationId: 'org_b' }), 'chantiers', [
            { id: foreign, record: { status: 'PAUSED' } },
          ]),
      )
      return outcome.ok && outcome.value[0]?.change === 'updated' ? 'its own organization changes it' : undefined
    },
    async attack(t) {
      const { store, platform, foreign } = await openDeputies(t)
      const mallory = installation([{ scope: 'write:chantiers' }])
      const removed = await store.tx((tx) => platform.within(tx).removeMany(mallory, 'chantiers', [foreign]))
      t.match(removed, { ok: true, value: [{ change: 'absent' }] })
      const upsert = store.tx((tx) =>
        platform.within(tx).upsertMany(mallory, 'chantiers', [{ id: foreign, record: site({ name: 'taken' }) }]),
      )
      t.match(await upsert.catch((error: { code: unknown }) => error.code), 'STORAGE_CONFLICT')
      t.match(await platform.get(user('org_b'), 'chantiers', foreign), { ok: true, value: { name: SECRET, rev: 1 } })
    },
  },
  {
    title: 'a row that is refused does not take its place by a row before it',
    async control(t) {
      const { store, platform } = await openDeputies(t)
      const outcome = await store.tx((tx) =>
        platform.within(tx).upsertMany(installation([{ scope: 'write:chantiers' }]), 'chantiers', [
          { id: 'rec_new', record: site() },
          { id: 'rec_new', record: { status: 'CLOSED' } },
        ]),
      )
      return outcome.ok && outcome.value[1]?.change === 'updated'
        ? 'without the condition the second row closes it'
        : undefined
    },
    async attack(t) {
      const { store, platform, hidden } = await openDeputies(t)
      const mallory = installation(WRITE_SOME)
      const outcome = await store.tx((tx) =>
        platform.within(tx).upsertMany(mallory, 'chantiers', [
          { id: 'rec_new', record: site() },
          { id: 'rec_new', record: { status: 'CLOSED' } },
          { id: hidden, record: { status: 'ACTIVE' } },
          { id: hidden, record: { status: 'ACTIVE', name: 'mine' } },
        ]),
      )
      t.match(outcome, {
        value: [{ change: 'created' }, { change: 'refused' }, { change: 'refused' }, { change: 'refused' }],
      })
      t.match(await platform.get(user(), 'chantiers', 'rec_new'), { value: { status: 'ACTIVE' } })
      t.match(await platform.get(user(), 'chantiers', hidden), { value: { status: 'CLOSED', name: SECRET, rev: 1 } })
    },
  },
])
