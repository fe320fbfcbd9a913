import t, { type Test } from 'tap'
import { publishPackage } from '../../flows/publish-package.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { buildApp, type Person } from '../gateway/build-app.ts'

const HOURS = { days: ['MON', 'TUE', 'WED', 'THU', 'FRI'], from: '08:00', to: '18:00', timezone: 'Europe/Paris' }
const CONDITIONS = [{ field: 'status', op: 'eq', value: 'APPROVED' }]
/** A Wednesday at noon in Paris, and the evening of the same day. */
const NOON = '2026-03-04T11:00:00Z'
const EVENING = '2026-03-04T18:30:00Z'

function bytesOf(): Uint8Array {
  return changedPackage({
    files: {
      'dist/extension.js': `var annexExtension = { default: { kind: 'connector', async check() { return [] }, streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() {} } } } }\n`,
    },
    manifest: ({ annex }) => {
      annex.permissions = {
        required: [{ scope: 'write:chantiers', reason: 'Creates sites' }],
        optional: [
          {
            scope: 'read:timesheets',
            reason: 'Exports hours',
            conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }],
            columns: ['day', 'minutes', 'status', 'workerId'],
            maxRows: 100,
          },
        ],
      }
    },
  })
}

interface Sheet {
  grant: { manifestDigest: string; scopes: unknown[]; hosts: string[] }
  optional: { words: string }[]
}

async function installed(t: Test) {
  const app = await buildApp(t)
  const operator = await app.operator()
  await publishPackage(app, operator, bytesOf())
  const owner = await app.person('owner')
  const install = '/api/marketplace/install/acme/site-import'
  const sheet = ((await owner.call('POST', install, {})).body as { details: Sheet }).details
  const narrow = { scope: 'read:timesheets', columns: ['day', 'minutes'], maxRows: 10, hours: HOURS }
  const grant = { ...sheet.grant, scopes: ['write:chantiers', narrow] }
  const answer = await owner.call('POST', install, { grant })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return { app, owner, sheet, grant, answer, path: `/api/marketplace/installations/${answer.text('id')}` }
}

const explainer = (path: string) => async (who: Person, query: Record<string, string>) =>
  (await who.call('GET', `${path}/explain?${new URLSearchParams(query)}`)).body

t.test('a grant that an admin narrowed', async (t) => {
  const { app, owner, sheet, grant, answer, path } = await installed(t)
  const explain = explainer(path)
  const invite = { email: 'max@max.example', role: 'member' }
  const invited = await owner.call('POST', `/api/organizations/${owner.organizationId}/invitations`, invite)
  const member = await app.person('max', { invitation: invited.text('token') })

  t.test('is asked for in plain words', async (t) => {
    t.equal(
      sheet.optional[0]?.words,
      'Read your timesheets, only where status is APPROVED, only the fields day, minutes, status, workerId, at most 100 records at a time',
    )
    t.same(sheet.grant.scopes, ['write:chantiers'], 'the least that is enough')
    t.match((await app.call('GET', '/api/marketplace/catalog/acme/site-import')).body, {
      permissions: {
        optional: [{ words: sheet.optional[0]?.words, columns: ['day', 'minutes', 'status', 'workerId'] }],
      },
    })
  })

  t.test('is shown as it was given, and can be given again', async (t) => {
    const { scopes } = (answer.body as { grant: { scopes: unknown[] } }).grant
    t.same(scopes, [grant.scopes[1], 'write:chantiers'])
    const again = await owner.call('PUT', `${path}/grant`, { ...grant, scopes })
    t.match(again.body, { grant: { scopes }, epoch: (answer.body as { epoch: number }).epoch + 1 })
    const same = await owner.call('POST', '/api/marketplace/install/acme/site-import', { grant })
    t.equal(same.status, 200, 'to install the same again is the same')
  })

  t.test('cannot go beyond what was asked for, nor leave out what is required', async (t) => {
    const put = async (...scopes: unknown[]) => (await owner.call('PUT', `${path}/grant`, { ...grant, scopes })).body
    t.match(await put('write:chantiers', { scope: 'read:timesheets', maxRows: 101 }), {
      code: 'GRANT_EXCEEDS_MANIFEST',
    })
    t.match(await put('write:chantiers', { scope: 'read:timesheets', columns: ['day', 'comment'] }), {
      code: 'GRANT_EXCEEDS_MANIFEST',
      details: { beyond: ['read:timesheets for the field comment'] },
    })
    t.match(await put('write:chantiers', { scope: 'timesheets:*', maxRows: 5 }), { code: 'GRANT_EXCEEDS_MANIFEST' })
    t.match(await put({ scope: 'read:timesheets', maxRows: 5 }), { code: 'CONSENT_REQUIRED' })
    t.match(await put('write:chantiers', { scope: 'read:timesheets', rate: 5 }), { code: 'INVALID_ARGUMENT' })
    t.match((await owner.call('PUT', `${path}/grant`, { ...grant, manifestDigest: 'x' })).body, {
      code: 'CONSENT_REQUIRED',
      details: { outdated: true },
    })
    t.match((await owner.call('GET', path)).body, { grant: { scopes: [grant.scopes[1], 'write:chantiers'] } })
  })

  t.test('is explained: what is reached, by whose consent, under which limits', async (t) => {
    const told = await explain(owner, { scope: 'read:timesheets', at: NOON })
    t.match(told, {
      allowed: true,
      rule: 'granted',
      at: '2026-03-04T11:00:00.000Z',
      asked: 'optional',
      grant: { by: `user:${owner.userId}`, manifestDigest: grant.manifestDigest, epoch: Number },
      limits: {
        words:
          /^Read your timesheets, only where status is APPROVED, only the fields day, minutes, at most 10 records at a time, only on Monday, Tuesday, Wednesday, Thursday, Friday from 08:00 to 18:00 \(Europe\/Paris\)$/,
        conditions: CONDITIONS,
        columns: ['day', 'minutes'],
        maxRows: 10,
        hours: [HOURS],
      },
      together: { allowed: true, limits: { maxRows: 10 } },
    })
  })

  t.test('is explained: why a call would be refused', async (t) => {
    const read = { scope: 'read:timesheets', at: NOON }
    t.match(await explain(owner, { ...read, at: EVENING }), {
      allowed: false,
      rule: 'outside-hours',
      reason: /only on Monday, .* \(Europe\/Paris\)$/,
      together: { rule: 'outside-hours' },
    })
    t.match(await explain(owner, { ...read, columns: 'day,comment' }), {
      rule: 'column-not-granted',
      reason: /comment$/,
    })
    t.match(await explain(owner, { ...read, columns: 'day,minutes' }), { allowed: true })
    t.match(await explain(owner, { ...read, rows: '11' }), { rule: 'too-many-rows' })
    t.match(await explain(owner, { ...read, scope: 'read:invoices' }), {
      rule: 'scope-not-granted',
      asked: 'not-asked',
    })
  })

  t.test('is explained to who asks with their own rights beside it', async (t) => {
    const write = { scope: 'write:chantiers' }
    t.match(await explain(owner, write), { allowed: true, asked: 'required', together: { allowed: true } })
    t.match(await explain(member, write), {
      allowed: true,
      together: { allowed: false, rule: 'actor-not-granted', reason: /the user that started the run$/ },
    })
  })

  t.test('is explained for one record, to whoever may see it', async (t) => {
    const hours = { workerId: 'w', day: '2026-01-05', minutes: 60 }
    const add = async (who: Person, status: string) =>
      (await who.call('POST', '/api/v1/timesheets', { ...hours, status })).text('id')
    const [draft, approved] = [await add(owner, 'DRAFT'), await add(owner, 'APPROVED')]
    const stranger = await app.person('stranger')
    const theirs = await add(stranger, 'DRAFT')
    const ask = (record: string) => explain(member, { scope: 'read:timesheets', at: NOON, record })
    t.match(await ask(approved), { allowed: true, record: { id: approved, known: true } })
    t.match(await ask(draft), {
      allowed: false,
      rule: 'row-condition',
      reason: 'read:timesheets is granted only where status is APPROVED: not for this record',
      record: { known: true },
      together: { rule: 'row-condition' },
    })
    for (const id of ['rec_nothing', theirs]) {
      const told = (await ask(id)) as { record: object }
      t.match(told, { allowed: true, record: { known: false } }, id)
    }
    const other = { scope: 'read:timesheets', at: NOON, record: draft, resource: 'chantiers' }
    t.match(await explain(member, other), { allowed: true, record: { known: false } }, 'of another resource')
  })

  t.test('is explained to nobody else', async (t) => {
    const stranger = await app.person('outsider')
    t.match(await explain(stranger, { scope: 'read:timesheets' }), { status: 404 })
    const headers = { 'x-api-key': await app.key(owner, ['read']) }
    t.equal((await app.call('GET', `${path}/explain?scope=read:timesheets`, { headers })).status, 404)
  })

  t.test('questions that mean nothing are refused', async (t) => {
    const cases: Record<string, string>[] = [
      {},
      { scope: 'read:everything' },
      { scope: 'read' },
      { scope: 'read:timesheets', at: 'noon' },
      { scope: 'read:timesheets', at: '2016-12-31T23:59:60Z' },
      { scope: 'read:timesheets', columns: 'a.b' },
      { scope: 'read:timesheets', columns: '' },
      { scope: 'read:timesheets', rows: '0' },
      { scope: 'read:timesheets', record: 'x'.repeat(129) },
      { scope: 'read:timesheets', more: '1' },
    ]
    for (const query of cases) t.match(await explain(owner, query), { status: 400 }, JSON.stringify(query).slice(0, 80))
  })

  t.test('says so when nothing of it may run', async (t) => {
    await owner.call('POST', `${path}/disable`)
    t.match(await explain(owner, { scope: 'write:chantiers' }), {
      allowed: false,
      rule: 'installation-not-active',
      together: { rule: 'installation-not-active' },
    })
    await owner.call('POST', `${path}/enable`)
    t.match(await explain(owner, { scope: 'write:chantiers' }), { allowed: true })
  })

  t.test('an optional scope is taken back and given again', async (t) => {
    const put = async (scopes: unknown[]) => (await owner.call('PUT', `${path}/grant`, { ...grant, scopes })).body
    const before = ((await owner.call('GET', path)).body as { epoch: number }).epoch
    t.match(await put(['write:chantiers']), { epoch: before + 1 })
    t.match(await explain(owner, { scope: 'read:timesheets', at: NOON }), {
      rule: 'scope-not-granted',
      asked: 'optional',
      grant: { epoch: before + 1 },
    })
    t.match(await put(['write:chantiers', 'read:timesheets']), { epoch: before + 2 })
    t.match(await explain(owner, { scope: 'read:timesheets', at: EVENING }), {
      allowed: true,
      limits: { columns: ['day', 'minutes', 'status', 'workerId'], maxRows: 100, conditions: CONDITIONS },
    })
  })
})
