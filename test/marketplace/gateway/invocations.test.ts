import t from 'tap'
import { runs } from '../../../runtime/invocations/invocations-collections.ts'
import { NO_USAGE } from '../../../runtime/invocations/run-usage.ts'
import { STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { buildApp } from './build-app.ts'
import { install, publishExamples } from './marketplace-fixtures.ts'

t.test('owners see what an installation did and logged, newest first', async (t) => {
  const app = await buildApp(t)
  const owner = await app.person('owner')
  const { organizationId } = owner
  await publishExamples(app, ['hello'])
  const id = await install(owner, '@examples/hello')
  const path = `/api/marketplace/installations/${id}`
  const usage = { ...NO_USAGE, cpuMs: 1.5, wallMs: 2 }
  const failure = { class: 'USER_ERROR', code: 'BAD', message: 'no', stack: 'at read', retryable: false, retryAfter: 9 }
  const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
  for (const n of [1, 2])
    await app.services.store
      .forOrganization(organizationId)(runs)
      .insert({
        ...{ _id: `run_${n}`, installationId: id, extension: '@examples/hello', version: '1.0.0', handler: 'check' },
        ...{
          reason: 'test',
          outcome: n === 1 ? 'succeeded' : 'failed',
          ...(n === 2 && { failure }),
          usage,
          limits: STEP_LIMITS,
          steps: 1,
        },
        logText: JSON.stringify([
          { level: 'info', message: `first of ${n}`, details: { $gt: n } },
          { level: 'warn', message: `second of ${n}` },
        ]),
        ...{ startedAt: later(n), endedAt: later(n) },
      })

  const first = (await owner.call('GET', `${path}/invocations?limit=1`)).body as { data: object[]; nextCursor: string }
  t.equal(first.data.length, 1)
  t.match(first.data[0], { id: 'run_2', handler: 'check', reason: 'test', outcome: 'failed', usage })
  t.match(first.data[0], { failure: { class: 'USER_ERROR', code: 'BAD', message: 'no', stack: 'at read' } })
  t.match(first.data[0], { limits: { cpuMs: STEP_LIMITS.cpuMs, hostCalls: STEP_LIMITS.hostCalls }, steps: 1 })
  const failed = await owner.call('GET', `${path}/invocations?outcome=failed`)
  t.match(
    (failed.body as { data: { id: string }[] }).data.map((run) => run.id),
    ['run_2'],
  )
  const rest = await owner.call('GET', `${path}/invocations?cursor=${encodeURIComponent(first.nextCursor)}`)
  t.match(rest.body, { data: [{ id: 'run_1', outcome: 'succeeded' }] })
  t.equal((await owner.call('GET', `${path}/invocations?cursor=nonsense`)).status, 400)

  const logs = (await owner.call('GET', `${path}/logs`)).body as { data: { message: string }[] }
  t.match(logs.data.slice(0, 4), [
    { invocationId: 'run_2', level: 'info', message: 'first of 2', details: { $gt: 2 } },
    { invocationId: 'run_2', level: 'warn', message: 'second of 2' },
    { invocationId: 'run_1', message: 'first of 1' },
    { invocationId: 'run_1', message: 'second of 1' },
  ])

  const linesOf = async (query: string) => {
    const { body } = await owner.call('GET', `${path}/logs?${query}`)
    return (body as { data: { message: string }[] }).data.map(({ message }) => message)
  }
  t.same(await linesOf('level=warn&limit=2'), ['second of 2', 'second of 1'])
  t.same(await linesOf('run=run_1'), ['first of 1', 'second of 1'])
  t.same(await linesOf('run=run_none'), [])
  t.same(await linesOf(`level=warn&since=${later(0)}`), ['second of 1', 'second of 2'], 'what ended first comes first')
  t.same(await linesOf(`since=${later(1.5)}`), ['first of 2', 'second of 2'])

  const invited = await owner.call('POST', `/api/organizations/${organizationId}/invitations`, {
    email: 'member@member.example',
    role: 'member',
  })
  const member = await app.person('member', { invitation: invited.text('token') })
  for (const part of ['invocations', 'logs'])
    t.equal((await member.call('GET', `${path}/${part}`, undefined, { 'x-organization': organizationId })).status, 403)
})
