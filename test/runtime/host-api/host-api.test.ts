import t from 'tap'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import type { Log } from '../../../runtime/log.ts'
import { site, user } from '../platform/open-platform.ts'
import { answerOf, codeOf, installed, openHostApi } from './open-host-api.ts'

t.test('answers the platform calls under the installation and its grant', async (t) => {
  const { call, audit } = await openHostApi(t)
  const created = answerOf(await call('platform.create', { resource: 'chantiers', record: site() })) as { id: string }
  t.match(answerOf(await call('platform.get', { resource: 'chantiers', id: created.id })), { name: site().name })
  const update = { resource: 'chantiers', id: created.id, changes: { city: 'Lyon' }, ifRev: 1 }
  t.match(answerOf(await call('platform.update', update)), { city: 'Lyon', rev: 2 })
  t.equal(codeOf(await call('platform.update', update)), 'CONFLICT')
  t.match(answerOf(await call('platform.list', { resource: 'chantiers', filter: { city: 'Lyon' } })), {
    data: [{ id: created.id }],
  })
  t.equal(answerOf(await call('platform.remove', { resource: 'chantiers', id: created.id })), null)
  await audit.flush()
  t.ok((await audit.list('org_a')).data.every((row) => row.actor === 'installation:ins_1'))
})

t.test('refuses calls that do not exist and arguments that do not fit', async (t) => {
  const { call } = await openHostApi(t)
  for (const name of [
    '',
    'nothing',
    'toString',
    '__proto__',
    'constructor',
    'platform',
    'kv.get ',
    'x'.repeat(10_000),
  ]) {
    t.match(await call(name, {}), { ok: false, error: { code: 'INVALID_ARGUMENT', message: /^there is no host call/ } })
  }
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
  const odd: [string, unknown][] = [
    ['kv.get', null],
    ['kv.get', undefined],
    ['kv.get', 'key'],
    ['kv.get', []],
    ['kv.get', {}],
    ['kv.get', { key: '' }],
    ['kv.get', { key: 5 }],
    ['kv.get', { key: 'a', installationId: 'ins_2' }],
    ['kv.get', JSON.parse('{"key":"a","__proto__":{"organizationId":"org_b"}}')],
    ['kv.set', { key: 'a' }],
    ['kv.set', { key: 'a', value: deep(100) }],
    ['kv.set', { key: 'a', value: 'x'.repeat(3_000_000) }],
    ['kv.set', { key: 'a', value: () => 1 }],
    ['kv.set', { key: 'a', value: 1, ttl: -1 }],
    ['platform.list', { resource: 'chantiers', limit: 1000 }],
    ['platform.list', { resource: 'chantiers', organizationId: 'org_b' }],
    ['platform.create', { resource: 'chantiers', record: [] }],
    ['fetch', { url: 'https://a.example', method: 'CONNECT' }],
    ['fetch', { url: 'https://a.example', headers: { a: 'b' } }],
    ['fetch', { url: 'https://a.example', method: 'POST', body: 'not base64!', encoding: 'base64' }],
  ]
  for (const [name, args] of odd) t.equal(codeOf(await call(name, args)), 'INVALID_ARGUMENT', `${name} ${typeof args}`)
})

t.test('reads the installation before every call: what was revoked is refused at once', async (t) => {
  const { hostApi, audit } = await openHostApi(t)
  const started = installed()
  let now: ActiveInstallation | undefined = started
  const dispatch = hostApi.dispatchFor({ installation: started, current: async () => now })
  const list = async () => {
    const { signal } = new AbortController()
    return codeOf(await dispatch({ name: 'platform.list', args: { resource: 'chantiers' } }, signal))
  }
  t.equal(await list(), 'ok', 'control')
  now = installed({ epoch: 2, grants: [{ scope: 'read:timesheets' }] })
  t.equal(await list(), 'PERMISSION_DENIED', 'the scope was taken away')
  now = undefined
  t.equal(await list(), 'PERMISSION_DENIED', 'disabled')
  t.match((await audit.list('org_a')).data[0], {
    action: 'platform.list',
    outcome: 'refused',
    rule: 'installation-not-active',
  })
  now = installed({ organizationId: 'org_b' })
  t.equal(await list(), 'PERMISSION_DENIED', 'a source that mixes tenants up is not believed')
  now = installed({ epoch: 3 })
  t.equal(await list(), 'ok', 'granted again')
})

t.test('old code gains nothing from the consent to a new version', async (t) => {
  const { call } = await openHostApi(t)
  const read = [{ scope: 'read:chantiers' as const }]
  const started = installed({ grants: read })
  const create = { resource: 'chantiers', record: site() }
  const sameCode = { installation: started, current: async () => installed({ epoch: 2 }) }
  t.equal(codeOf(await call('platform.create', create, sameCode)), 'ok', 'control: more was granted to the same code')
  const newCode = {
    installation: started,
    current: async () => installed({ epoch: 2, digest: 'b'.repeat(64), version: '2.0.0' }),
  }
  t.equal(codeOf(await call('platform.create', create, newCode)), 'PERMISSION_DENIED')
  t.equal(codeOf(await call('platform.list', { resource: 'chantiers' }, newCode)), 'ok')
  const grants = [
    { scope: 'read:chantiers' as const, conditions: [{ field: 'city', op: 'eq' as const, value: 'Lyon' }] },
  ]
  const narrow = { installation: installed({ grants }), current: newCode.current }
  t.same(
    answerOf(await call('platform.list', { resource: 'chantiers' }, narrow)),
    { data: [] },
    'its own conditions stay',
  )
  const hours = { from: '22:00', to: '23:00', timezone: 'UTC' }
  for (const limits of [{ hours }, { narrowed: [{ hours }] }]) {
    const closed = { installation: installed({ grants: [{ scope: 'read:chantiers', ...limits }] }) }
    t.equal(
      codeOf(await call('platform.list', { resource: 'chantiers' }, { ...newCode, ...closed })),
      'PERMISSION_DENIED',
    )
  }
  const host = { host: 'new.example', scheme: 'https' as const, port: 443 }
  const wider = { installation: started, current: async () => installed({ digest: 'b'.repeat(64), egress: [host] }) }
  t.equal(codeOf(await call('fetch', { url: 'https://new.example/' }, wider)), 'EGRESS_DENIED')
})

t.test('needs the grant of whoever started the run, too', async (t) => {
  const { call } = await openHostApi(t)
  const actor = user('org_a', [{ scope: 'read:chantiers' }])
  t.equal(codeOf(await call('platform.list', { resource: 'chantiers' }, { actor })), 'ok')
  t.equal(
    codeOf(await call('platform.create', { resource: 'chantiers', record: site() }, { actor })),
    'PERMISSION_DENIED',
  )
})

t.test('asks before every call what whoever started the run may do now', async (t) => {
  const { hostApi, audit } = await openHostApi(t)
  const actor = user('org_a', [{ scope: 'read:chantiers' }])
  let now: typeof actor | undefined = actor
  const request = { installation: installed(), current: async () => installed(), actor }
  const dispatch = hostApi.dispatchFor({ ...request, currentActor: async () => now })
  const call = async (name: string, args: object) =>
    codeOf(await dispatch({ name, args }, new AbortController().signal))
  const list = () => call('platform.list', { resource: 'chantiers' })
  t.equal(await list(), 'ok', 'control')
  now = { ...actor, grants: [] }
  t.equal(await list(), 'PERMISSION_DENIED', 'the right was taken away')
  now = undefined
  t.equal(await list(), 'PERMISSION_DENIED', 'who may act no more')
  t.equal(await call('kv.set', { key: 'k', value: 1 }), 'PERMISSION_DENIED', 'not even where no scope is asked for')
  t.match((await audit.list('org_a')).data[0], {
    outcome: 'refused',
    rule: 'actor-not-active',
    details: { epoch: 1, startedBy: 'user:usr_org_a' },
  })
  for (const other of [user('org_b'), { ...user(), userId: 'usr_x' }]) {
    now = other
    t.equal(await list(), 'PERMISSION_DENIED', 'a source that mixes people or tenants up is not believed')
  }
  now = actor
  t.equal(await list(), 'ok', 'granted again')
})

t.test('never rejects: a fault of ours is UNAVAILABLE with a reference, and nothing else gets out', async (t) => {
  const lines: { fields: Record<string, unknown>; message: string }[] = []
  const keep = (fields: Record<string, unknown>, message: string) => void lines.push({ fields, message })
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep }
  const { call } = await openHostApi(t, { log })
  const current = async () => {
    throw new Error('mongodb://user:pass@10.0.0.5/annex is down at /srv/annex/store.ts')
  }
  const result = await call('kv.get', { key: 'a' }, { current })
  t.match(result, {
    ok: false,
    error: { code: 'UNAVAILABLE', message: /^the platform could not serve the call \(reference [0-9a-f]{12}\)$/ },
  })
  const reference = result.ok ? '' : /reference (\w+)/.exec(result.error.message)?.[1]
  t.match(lines, [{ fields: { reference, installationId: 'ins_1', err: /is down/ } }])
})

t.test('a stopped run gets CANCELLED', async (t) => {
  const { hostApi } = await openHostApi(t)
  const dispatch = hostApi.dispatchFor({ installation: installed(), current: async () => installed() })
  t.equal(codeOf(await dispatch({ name: 'kv.get', args: { key: 'a' } }, AbortSignal.abort())), 'CANCELLED')
})

t.test('a run that ends while its installation is read writes nothing any more', async (t) => {
  const { hostApi, call } = await openHostApi(t)
  const create = { name: 'platform.create', args: { resource: 'chantiers', record: site() } }
  const ended = async (end: boolean) => {
    const run = new AbortController()
    const current = async () => {
      if (end) run.abort()
      return installed()
    }
    return codeOf(await hostApi.dispatchFor({ installation: installed(), current })(create, run.signal))
  }
  t.equal(await ended(true), 'CANCELLED')
  t.same(answerOf(await call('platform.list', { resource: 'chantiers' })), { data: [] })
  t.equal(await ended(false), 'ok', 'control')
})
