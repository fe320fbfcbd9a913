import t from 'tap'
import { usageCounters } from '../../../runtime/invocations/usage-collections.ts'
import { STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { buildApp } from './build-app.ts'
import { install, publishExamples } from './marketplace-fixtures.ts'

t.test('what installations used, for owners and admins', async (t) => {
  const app = await buildApp(t)
  const owner = await app.person('owner')
  const { organizationId } = owner
  await publishExamples(app, ['hello'])
  const id = await install(owner, '@examples/hello')
  const { meter } = app.services.runtime.invocations
  const used = {
    cpuMs: 5,
    wallMs: 9,
    hostCalls: 2,
    fetches: 1,
    sentBytes: 3,
    receivedBytes: 4,
    logLines: 6,
    memoryBytes: 7,
  }
  const hour = 3_600_000
  // What the installing itself used must not be in the way.
  await meter.flush()
  const { store } = app.services
  await store.forOrganization(organizationId)(usageCounters).deleteWhere({ installationId: id })
  app.clock.ahead -= 25 * hour
  for (const failed of [true, false]) meter.note({ organizationId, installationId: id, failed, used })
  app.clock.ahead += 25 * hour
  meter.note({ organizationId, installationId: id, failed: false, used })
  const path = `/api/marketplace/installations/${id}/usage`

  t.test('of one, by day or hour, beside its limits', async (t) => {
    const days = await owner.call('GET', path)
    t.equal(days.status, 200)
    const total = { runs: 3, failed: 1, used: { ...used, cpuMs: 15, wallMs: 27, hostCalls: 6, fetches: 3 } }
    t.match(days.body, { extension: '@examples/hello', period: 'day', total: { runs: 3, failed: 1 } })
    t.match(days.body, { total: { used: { cpuMs: total.used.cpuMs, sentBytes: 9, memoryBytes: 7 } } })
    t.match(days.body, { data: [{ runs: 2, failed: 1 }, { runs: 1 }], limits: { interactive: STEP_LIMITS } })
    const hours = await owner.call(
      'GET',
      `${path}?period=hour&from=${new Date(app.clock.now() - 20 * hour).toISOString()}`,
    )
    t.match(hours.body, { period: 'hour', total: { runs: 1 }, data: [{ runs: 1, used }] })
    t.equal((hours.body as { data: unknown[] }).data.length, 1)
  })

  t.test('a span that is none, or too long, is refused', async (t) => {
    for (const query of ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'period=hour&from=2020-01-01T00:00:00Z'])
      t.match(await owner.call('GET', `${path}?${query}`), { status: 400, body: { code: 'INVALID_ARGUMENT' } }, query)
  })

  t.test('of the organization', async (t) => {
    const { body } = await owner.call('GET', '/api/usage')
    t.match(body, {
      total: { runs: 3 },
      data: [{ installationId: id, extension: '@examples/hello', runs: 3, failed: 1 }],
    })
    const stranger = await app.person('stranger')
    t.match((await stranger.call('GET', '/api/usage')).body, { total: { runs: 0 }, data: [] })
  })

  t.test('members see none of it', async (t) => {
    const invited = await owner.call('POST', `/api/organizations/${organizationId}/invitations`, {
      ...{ email: 'member@member.example', role: 'member' },
    })
    const member = await app.person('member', { invitation: invited.text('token') })
    for (const each of [path, '/api/usage'])
      t.equal((await member.call('GET', each, undefined, { 'x-organization': organizationId })).status, 403)
  })
})
