import type { JsonObject } from '@annex/sdk/json'
import { answerOf, codeOf, installed } from '../../runtime/host-api/open-host-api.ts'
import { site, user } from '../../runtime/platform/open-platform.ts'
import { runIdeas } from '../egress/run-ideas.ts'
import { BUDGET, COLUMNS, openDeputies, type Page, READ_ALL, READ_COLUMNS, READ_SOME, SECRET } from './open-deputies.ts'

runIdeas('columns', [
  {
    title: 'filters, sorts and revisions are no oracle of a hidden column',
    async control(t) {
      const { as } = await openDeputies(t)
      const ask = (city: string) => as(READ_ALL)('platform.list', { resource: 'chantiers', filter: { city } })
      const [wrong, right] = [
        answerOf(await ask('Lyon')) as Page,
        answerOf(await as(READ_ALL)('platform.list', { resource: 'chantiers', filter: { status: 'ACTIVE' } })) as Page,
      ]
      return wrong.data.length === 0 && right.data.length > 0 ? 'what a filter finds tells the value' : undefined
    },
    async attack(t) {
      const { as } = await openDeputies(t)
      const call = as([{ scope: 'read:chantiers', columns: ['reference'] }])
      for (const status of ['ACTIVE', 'PLANNED', '', '*'])
        t.match(await call('platform.list', { resource: 'chantiers', filter: { status } }), {
          ok: false,
          error: { code: 'PERMISSION_DENIED', details: { rule: 'column-not-granted' } },
        })
      for (const more of [
        { sort: [['status', 'asc']] },
        { order: 'status' },
        { fields: ['status'] },
        { columns: ['status'] },
      ])
        t.equal(codeOf(await call('platform.list', { resource: 'chantiers', ...more })), 'INVALID_ARGUMENT')
      t.equal(
        codeOf(await call('platform.list', { resource: 'chantiers', filter: { reference: 'C-1' } })),
        'ok',
        'control',
      )
    },
  },
  {
    title: 'a write tells nothing of a column that is not read',
    async control(t) {
      const { as, shown } = await openDeputies(t)
      const answer = await as([...READ_ALL, { scope: 'write:chantiers' }])('platform.update', {
        ...{ resource: 'chantiers', id: shown, changes: {} },
      })
      return JSON.stringify(answer).includes(BUDGET) ? 'who reads all is shown all' : undefined
    },
    async attack(t) {
      const { as, shown } = await openDeputies(t)
      for (const write of [
        { scope: 'write:chantiers' as const },
        { scope: 'write:chantiers' as const, columns: COLUMNS },
      ]) {
        const call = as([...READ_COLUMNS, write])
        for (const changes of [{}, { status: 'ACTIVE' }, { status: 'PAUSED' }]) {
          const answer = await call('platform.update', { resource: 'chantiers', id: shown, changes })
          t.ok(answer.ok)
          t.notMatch(JSON.stringify(answer), BUDGET)
        }
      }
    },
  },
  {
    title: 'whether a hidden column changed cannot be tried out',
    async control(t) {
      const { as, shown } = await openDeputies(t)
      const call = as([{ scope: 'write:chantiers' }])
      const rev = async (budget: string) =>
        (
          answerOf(
            await call('platform.update', { resource: 'chantiers', id: shown, changes: { budget } }),
          ) as JsonObject
        ).rev
      return (await rev(BUDGET)) === 1 && (await rev('1')) === 2
        ? 'the revision tells whether the guess was right'
        : undefined
    },
    async attack(t) {
      const { as, shown } = await openDeputies(t)
      const call = as([...READ_COLUMNS, { scope: 'write:chantiers', columns: COLUMNS }])
      for (const budget of [BUDGET, '1', null])
        t.match(await call('platform.update', { resource: 'chantiers', id: shown, changes: { budget } }), {
          ok: false,
          error: { code: 'PERMISSION_DENIED', message: /budget/ },
        })
    },
  },
])

runIdeas('cursors', [
  {
    title: 'a cursor of another organization, list or order opens nothing',
    async control(t) {
      const { as, platform } = await openDeputies(t)
      for (let i = 0; i < 3; i++) await platform.create(user(), 'chantiers', site({ reference: `N-${i}` }))
      const first = answerOf(await as(READ_ALL)('platform.list', { resource: 'chantiers', limit: 1 })) as Page
      const next = await as(READ_ALL)('platform.list', { resource: 'chantiers', limit: 1, cursor: first.nextCursor })
      return next.ok ? 'its own cursor goes on' : undefined
    },
    async attack(t) {
      const { as, platform, call } = await openDeputies(t)
      for (let i = 0; i < 3; i++) await platform.create(user('org_b'), 'chantiers', site({ reference: `N-${i}` }))
      const theirs = await platform.list(user('org_b'), 'chantiers', { limit: 1 })
      const cursor = theirs.ok ? theirs.value.nextCursor : undefined
      t.type(cursor, 'string')
      t.equal(codeOf(await as(READ_ALL)('platform.list', { resource: 'chantiers', cursor })), 'INVALID_ARGUMENT')
      const other = { installation: installed({ grants: [{ scope: 'read:timesheets' }] }) }
      t.equal(codeOf(await call('platform.list', { resource: 'timesheets', cursor }, other)), 'INVALID_ARGUMENT')
      t.equal(codeOf(await call('kv.list', { cursor })), 'INVALID_ARGUMENT')
    },
  },
  {
    title: 'a cursor made by hand goes no further than the grant',
    async control(t) {
      const { as } = await openDeputies(t)
      const page = JSON.stringify(await as(READ_ALL)('platform.list', { resource: 'chantiers' }))
      return page.includes(SECRET) ? 'the record is in what a wide grant lists' : undefined
    },
    async attack(t) {
      const { as, hidden, foreign } = await openDeputies(t)
      const pages: string[] = []
      for (const id of [hidden, foreign, '', '\u{10ffff}'])
        for (const values of [[id], [id, id], [{ $gt: '' }], [[id]], [null]])
          for (const first of ['x'.repeat(16), null, { length: 16 }]) {
            const cursor = Buffer.from(JSON.stringify([first, ...values])).toString('base64url')
            const answer = await as(READ_SOME)('platform.list', { resource: 'chantiers', cursor })
            pages.push(JSON.stringify(answer))
            t.match(codeOf(answer), /^(ok|INVALID_ARGUMENT)$/)
          }
      t.notMatch(pages.join('\n'), SECRET)
      for (const cursor of ['', 'null', '%', 'WyJ4Il0', 'x'.repeat(2_048)])
        t.equal(codeOf(await as(READ_SOME)('platform.list', { resource: 'chantiers', cursor })), 'INVALID_ARGUMENT')
    },
  },
])

runIdeas('texts that are none', [
  {
    title: 'half a character is refused, and is no fault of the platform',
    async control(t) {
      const { as } = await openDeputies(t)
      const call = as([...READ_ALL, { scope: 'write:chantiers' }])
      const answer = await call('platform.create', { resource: 'chantiers', record: site({ city: '\ud83d\ude00' }) })
      return answer.ok ? 'both halves together are taken' : undefined
    },
    async attack(t) {
      const { as, shown } = await openDeputies(t)
      const call = as([...READ_ALL, { scope: 'write:chantiers' }])
      const half = '\ud83d'
      const asked: [name: string, args: object][] = [
        ['platform.create', { resource: 'chantiers', record: site({ city: half }) }],
        ['platform.update', { resource: 'chantiers', id: shown, changes: { city: half } }],
        ['platform.list', { resource: 'chantiers', filter: { city: half } }],
        ['kv.list', { prefix: half }],
      ]
      for (const [name, args] of asked) t.equal(codeOf(await call(name, args)), 'INVALID_ARGUMENT', name)
      t.equal(codeOf(await call('platform.get', { resource: 'chantiers', id: half })), 'NOT_FOUND')
    },
  },
])
