import t, { type Test } from 'tap'
import { buildApp, type Person, type TestApp } from '../marketplace/gateway/build-app.ts'
import type { Answer } from '../marketplace/gateway/call.ts'
import { changedPackage } from '../sdk/package/good-package.ts'
import { type HeldUpstream, startHeldUpstream } from './held-upstream.ts'
import { publishPackage } from './publish-package.ts'

/**
 * One run of this makes its calls, stands at a gate until the test has changed something, and makes them again: what the
 * second round meets is what the very next host calls after the answer to the change meet.
 */
const SCRIPT = `var annexExtension = { default: { kind: 'connector', async check(ctx) {
  const steps = []
  async function attempt(name, call) {
    try {
      const value = await call()
      steps.push({ name, ok: true, message: JSON.stringify(value ?? null).slice(0, 900) })
    } catch (error) {
      steps.push({ name, ok: false, code: String(error.code), message: String(error.details?.rule ?? error.message) })
    }
  }
  for (const round of ['before', 'after']) {
    await attempt(round + ' read', async () => (await ctx.platform.chantiers.list()).data.length)
    await attempt(round + ' hours', async () => (await ctx.platform.timesheets.list()).data.map((one) => Object.keys(one).length))
    await attempt(round + ' write', async () => { await ctx.platform.chantiers.create({ reference: round, name: round, status: 'ACTIVE' }) })
    await attempt(round + ' keep', async () => { await ctx.kv.set('round', round) })
    await attempt(round + ' fetch', async () => (await ctx.fetch('https://eu.tenant.example/')).status)
    if (round === 'before') await attempt('gate', async () => (await ctx.fetch('https://api.erp.example/gate')).status)
  }
  return steps
}, streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() {} } } } };\n`

function bytesOf(): Uint8Array {
  return changedPackage({
    files: { 'dist/extension.js': SCRIPT },
    manifest: ({ annex }) => {
      annex.permissions = {
        required: [{ scope: 'chantiers:*', reason: 'Reads and creates sites' }],
        optional: [{ scope: 'read:timesheets', reason: 'Exports hours' }],
      }
      annex.egress = [
        { host: 'api.erp.example', reason: 'The API of the ERP' },
        { host: '{{config.server}}', match: '*.tenant.example', reason: 'Your own server' },
      ]
      annex.config = { type: 'object', properties: { server: { type: 'string' } }, additionalProperties: false }
    },
  })
}

interface Ground {
  app: TestApp
  upstream: HeldUpstream
  owner: Person
  installation: string
  grant: { manifestDigest: string; scopes: unknown[]; hosts: string[] }
}

type Rounds = Record<string, string>

/** Starts a run as `start` does, changes something while it stands at the gate, and tells what each call met. */
async function across(
  { upstream }: Ground,
  start: () => Promise<Answer>,
  change: () => Promise<Answer>,
): Promise<{ rounds: Rounds; messages: Rounds }> {
  const running = start()
  const open = await upstream.arrival()
  const changed = await change()
  open()
  if (changed.status >= 300) throw new Error(JSON.stringify(changed.body))
  const tested = await running
  if (tested.status !== 200) throw new Error(JSON.stringify(tested.body))
  const { steps } = tested.body as { steps: { name: string; ok: boolean; code?: string; message?: string }[] }
  return {
    rounds: Object.fromEntries(steps.map(({ name, ok, code }) => [name, ok ? 'ok' : (code ?? '')])),
    messages: Object.fromEntries(steps.map(({ name, message }) => [name, message ?? ''])),
  }
}

const ALL_WELL = { read: 'ok', hours: 'ok', write: 'ok', keep: 'ok', fetch: 'ok' }
const round = (name: 'before' | 'after', expected: Rounds) =>
  Object.fromEntries(Object.entries(expected).map(([call, code]) => [`${name} ${call}`, code]))
const NO = 'PERMISSION_DENIED'
const NOTHING = { read: NO, hours: NO, write: NO, keep: NO, fetch: NO }

async function ground(t: Test): Promise<Ground> {
  const upstream = await startHeldUpstream(t)
  const target = { address: '127.0.0.1', port: upstream.port, scheme: 'http' } as const
  const overrides = { 'api.erp.example': target, 'eu.tenant.example': target, 'us.tenant.example': target }
  const app = await buildApp(t, { egress: { overrides, allowPrivateRanges: [] } })
  const operator = await app.operator()
  await publishPackage(app, operator, bytesOf())
  const owner = await app.person('owner')
  const path = '/api/marketplace/install/acme/site-import'
  const asked = (await owner.call('POST', path, {})).body as { details: { grant: Ground['grant'] } }
  const grant = { ...asked.details.grant, scopes: ['chantiers:*', 'read:timesheets'] }
  const installed = await owner.call('POST', path, { grant, config: { server: 'eu.tenant.example' } })
  if (installed.status !== 200) throw new Error(JSON.stringify(installed.body))
  const fieldMappings = [{ sourceField: 'name', targetField: 'name' }]
  const sites = { direction: 'INBOUND', resource: 'chantiers', fieldMappings }
  const credentials = { apiKey: 'k-123456' }
  const connectorId = installed.text('id')
  const draft = { name: 'ERP', slug: 'erp', connectorId, credentials, streams: { sites } }
  const made = await owner.call('POST', '/api/integrations', draft)
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  const hours = { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'APPROVED', comment: 'late' }
  await owner.call('POST', '/api/v1/timesheets', hours)
  return { app, upstream, owner, installation: `/api/marketplace/installations/${connectorId}`, grant }
}

t.test('what is taken away is refused by the very next call of a run', async (t) => {
  const all = await ground(t)
  const { app, owner, installation, grant, upstream } = all
  const byOwner = () => owner.call('POST', '/api/integrations/erp/test')
  const put = (scopes: unknown[]) => owner.call('PUT', `${installation}/grant`, { ...grant, scopes })
  const full = () => put(grant.scopes)

  t.test('control: without a change both rounds are well', async (t) => {
    const { rounds } = await across(all, byOwner, () => owner.call('GET', installation))
    t.same(rounds, { ...round('before', ALL_WELL), gate: 'ok', ...round('after', ALL_WELL) })
  })

  t.test('a scope', async (t) => {
    const { rounds, messages } = await across(all, byOwner, () => put(['chantiers:*']))
    t.match(rounds, { ...round('before', ALL_WELL), ...round('after', { ...ALL_WELL, hours: NO }) })
    t.equal(messages['after hours'], 'scope-not-granted')
    await full()
  })

  t.test('a part of a scope', async (t) => {
    const narrow = { scope: 'read:timesheets', columns: ['minutes', 'day'] }
    const { rounds, messages } = await across(all, byOwner, () => put(['chantiers:*', narrow]))
    t.match(rounds, round('after', ALL_WELL))
    t.match(messages, { 'before hours': '[9]', 'after hours': '[6]' }, 'minutes, day and the four of the platform')
    await full()
  })

  t.test('its hours', async (t) => {
    const now = new Date(app.clock.now()).getUTCHours()
    const two = (hour: number) => `${String((hour + 24) % 24).padStart(2, '0')}:00`
    const hours = { from: two(now + 2), to: two(now + 3), timezone: 'UTC' }
    const { rounds, messages } = await across(all, byOwner, () =>
      put(['chantiers:*', { scope: 'read:timesheets', hours }]),
    )
    t.match(rounds, round('after', { ...ALL_WELL, hours: NO }))
    t.equal(messages['after hours'], 'outside-hours')
    await full()
  })

  t.test('everything, when it is disabled', async (t) => {
    const { rounds, messages } = await across(all, byOwner, () => owner.call('POST', `${installation}/disable`))
    t.match(rounds, { ...round('before', ALL_WELL), gate: 'ok', ...round('after', NOTHING) })
    t.equal(messages['after read'], 'installation-not-active')
    t.equal((await owner.call('POST', `${installation}/enable`)).status, 200)
  })

  t.test('a host', async (t) => {
    const reached = upstream.hosts.length
    const elsewhere = { config: { server: 'us.tenant.example' } }
    const { rounds } = await across(all, byOwner, () => owner.call('PATCH', installation, elsewhere))
    t.match(rounds, { ...round('before', ALL_WELL), ...round('after', { ...ALL_WELL, fetch: 'EGRESS_DENIED' }) })
    t.equal(upstream.hosts.length - reached, 1, 'the second one never got there')
    await owner.call('PATCH', installation, { config: { server: 'eu.tenant.example' } })
  })

  t.test('and what is granted is there as soon', async (t) => {
    await put(['chantiers:*'])
    const { rounds } = await across(all, byOwner, full)
    t.match(rounds, { ...round('before', { ...ALL_WELL, hours: NO }), ...round('after', ALL_WELL) })
  })

  t.test('each decision tells the epoch of the grant that it was made under', async (t) => {
    const { data } = (await owner.call('GET', '/api/audit?action=platform.list&limit=200')).body as {
      data: { outcome: string; rule: string; actor: string; details: { epoch?: number; startedBy?: string } }[]
    }
    const rows = data.filter(({ actor }) => actor.startsWith('installation:'))
    t.ok(rows.length > 10)
    t.ok(rows.every(({ details }) => Number.isInteger(details.epoch) && details.startedBy === `user:${owner.userId}`))
    t.ok(new Set(rows.map(({ details }) => details.epoch)).size > 3)
  })
})

t.test('a run ends to act for who may act no more', async (t) => {
  const all = await ground(t)
  const { app, owner } = all
  const home = `/api/organizations/${owner.organizationId}`
  const invited = await owner.call('POST', `${home}/invitations`, { email: 'bob@bob.example', role: 'admin' })
  const bob = await app.person('bob', { invitation: invited.text('token') })
  const byBob = () => bob.call('POST', '/api/integrations/erp/test')
  const member = `${home}/members/${bob.userId}`

  t.test('a lowered role holds for the next call', async (t) => {
    const { rounds, messages } = await across(all, byBob, () => owner.call('PATCH', member, { role: 'member' }))
    t.match(rounds, { ...round('before', ALL_WELL), ...round('after', { ...ALL_WELL, write: NO }) })
    t.equal(messages['after write'], 'actor-not-granted')
    t.equal((await owner.call('PATCH', member, { role: 'admin' })).status, 200)
  })

  t.test('a key that is revoked stops its run and its next request', async (t) => {
    const made = await owner.call('POST', '/api/auth/api-keys', { name: 'k', scopes: ['chantiers:*', 'timesheets:*'] })
    const headers = { 'x-api-key': made.text('key') }
    const byKey = () => app.call('POST', '/api/integrations/erp/test', { headers })
    const revoke = () => owner.call('DELETE', `/api/auth/api-keys/${made.text('id')}`)
    const { rounds, messages } = await across(all, byKey, revoke)
    t.match(rounds, { ...round('before', ALL_WELL), gate: 'ok', ...round('after', NOTHING) })
    t.equal(messages['after read'], 'actor-not-active')
    t.equal((await app.call('GET', '/api/v1/chantiers', { headers })).status, 401)
  })

  t.test('a key that expires, too', async (t) => {
    const scopes = ['chantiers:*', 'timesheets:*']
    const headers = { 'x-api-key': await app.key(owner, scopes, { expiresInDays: 1 }) }
    const byKey = () => app.call('POST', '/api/integrations/erp/test', { headers })
    const { rounds } = await across(all, byKey, () => {
      app.clock.ahead += 24 * 3_600_000 + 1
      return app.call('GET', '/health')
    })
    app.clock.ahead -= 24 * 3_600_000 + 1
    t.match(rounds, { ...round('before', ALL_WELL), ...round('after', NOTHING) })
  })

  t.test('a member who is out is out', async (t) => {
    const { rounds, messages } = await across(all, byBob, () => owner.call('DELETE', member))
    t.match(rounds, { ...round('before', ALL_WELL), gate: 'ok', ...round('after', NOTHING) })
    t.equal(messages['after keep'], 'actor-not-active')
    const { data } = (await owner.call('GET', '/api/audit?limit=200')).body as {
      data: { rule?: string; details?: { startedBy?: string } }[]
    }
    const rows = data.filter(({ rule }) => rule === 'actor-not-active')
    t.ok(rows.some(({ details }) => details?.startedBy === `user:${bob.userId}`))
  })
})
