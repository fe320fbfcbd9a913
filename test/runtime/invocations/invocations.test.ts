import t from 'tap'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { startUpstream } from '../egress/start-upstream.ts'
import { openInvocations, type TestInvocations } from './open-invocations.ts'

const SITE = { reference: 'R-1', name: 'Quai 7', status: 'ACTIVE' }

function check({ invocations }: TestInvocations, { organizationId, id }: ActiveInstallation, args: string[] = []) {
  return invocations.invoke({ organizationId, installationId: id, handler: ['check'], args, reason: 'check' })
}

async function actions({ audit }: TestInvocations, outcome: string): Promise<string[]> {
  await audit.flush()
  const { data } = await audit.list('org_a')
  return data.filter((row) => row.outcome === outcome).map((row) => row.action)
}

t.test('a call under a granted scope writes a record that the platform then has', async (t) => {
  const runtime = await openInvocations(t)
  const installation = runtime.install(`check: (ctx) => ctx.platform.chantiers.create(${JSON.stringify(SITE)})`, {
    grants: [{ scope: 'write:chantiers' }, { scope: 'read:chantiers' }],
  })
  const outcome = await check(runtime, installation)
  t.match(outcome, { ok: true, value: { ...SITE, rev: 1 } })
})

t.test('a scope that was not granted is PERMISSION_DENIED and leaves an audit row', async (t) => {
  const runtime = await openInvocations(t)
  const members = `check: (ctx) => ctx.platform.chantiers.create(${JSON.stringify(SITE)})`
  const installation = runtime.install(members, { grants: [{ scope: 'read:chantiers' }] })
  const outcome = await check(runtime, installation)
  t.match(outcome, { ok: false, failure: { class: 'PERMISSION', code: 'PERMISSION_DENIED' } })
  t.same(await actions(runtime, 'refused'), ['platform.create'])
})

t.test('a host that was not declared is EGRESS_DENIED and leaves an audit row; the declared one answers', async (t) => {
  const upstream = await startUpstream(t)
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const runtime = await openInvocations(t, { overrides })
  const installation = runtime.install('async check(ctx, url) { return (await ctx.fetch(url)).text() }', {
    egress: [{ host: 'api.erp.example', scheme: 'https', port: 443 }],
  })
  t.match(await check(runtime, installation, ['https://api.erp.example/x']), { ok: true, value: 'hello' })
  const denied = await check(runtime, installation, ['https://evil.example/x'])
  t.match(denied, { ok: false, failure: { class: 'EGRESS', code: 'EGRESS_DENIED' } })
  t.same(await actions(runtime, 'refused'), ['egress.fetch'])
})

t.test('a grant that is taken away in mid-run is refused on the very next call', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    Object.assign(installation, { grants: [], epoch: 2 })
    response.end('revoked')
  })
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const runtime = await openInvocations(t, { overrides })
  const members = `async check(ctx) {
    const before = (await ctx.platform.chantiers.list()).data.length
    await ctx.fetch('https://api.erp.example/')
    return [before, await ctx.platform.chantiers.list().catch((e) => e.code)]
  }`
  const installation = runtime.install(members, {
    grants: [{ scope: 'read:chantiers' }],
    egress: [{ host: 'api.erp.example', scheme: 'https', port: 443 }],
  })
  t.match(await check(runtime, installation), { ok: true, value: [0, 'PERMISSION_DENIED'] })
})

t.test('a credential reaches its host and no answer, log or row of the run', async (t) => {
  const secret = 'k-7f3a9c55e1'
  const upstream = await startUpstream(t, (request, response) =>
    response.end(`you sent ${request.headers.authorization}`),
  )
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const runtime = await openInvocations(t, { overrides })
  const members = `async check(ctx) {
    const text = await (await ctx.fetch('https://api.erp.example/')).text()
    ctx.log.info(text)
    return text
  }`
  const { organizationId, id } = runtime.install(members, {
    egress: [{ host: 'api.erp.example', scheme: 'https', port: 443 }],
    injections: [{ host: 'api.erp.example', in: 'bearer', template: '{{apiKey}}' }],
  })
  const outcome = await runtime.invocations.invoke({
    organizationId,
    installationId: id,
    handler: ['check'],
    args: [],
    reason: 'check',
    credentials: { apiKey: secret },
  })
  t.equal(upstream.requests[0]?.headers.authorization, `Bearer ${secret}`)
  t.ok(outcome.ok)
  const { data } = await runtime.invocations.runs(organizationId, { installationId: id })
  await runtime.audit.flush()
  const everything = JSON.stringify([outcome, data, await runtime.audit.list(organizationId)])
  t.notOk(everything.includes(secret))
  t.equal(data.length, 1)
})

t.test('a run that the cage had to end leaves a row and an incident', async (t) => {
  const runtime = await openInvocations(t)
  const installation = runtime.install('check() { for (;;) {} }')
  t.match(await check(runtime, installation), { ok: false, failure: { class: 'CPU' } })
  const { data } = await runtime.invocations.runs('org_a', { installationId: installation.id })
  t.match(data, [{ outcome: 'failed', failure: { class: 'CPU' } }])
  t.same(await actions(runtime, 'failed'), ['sandbox.incident'])
  t.same((await runtime.invocations.runs('org_b', {})).data, [], 'and nobody else sees it')
})

t.test('what is uninstalled does not run, and its running code is refused', async (t) => {
  const runtime = await openInvocations(t)
  const installation = runtime.install('check: () => 1')
  t.match(await check(runtime, installation), { ok: true, value: 1 })
  runtime.uninstall(installation)
  t.match(await check(runtime, installation), { ok: false, failure: { code: 'NOT_FOUND' } })
})

t.test('nothing that an extension says keeps its row or its incident from being written', async (t) => {
  const runtime = await openInvocations(t)
  const said = [
    "ctx.log.info('x', { 'a.b': 1, $c: 2 })",
    "ctx.log.info('half \\ud800', JSON.parse('{\"a\":'.repeat(50) + '1' + '}'.repeat(50)))",
  ]
  for (const line of said) {
    const installation = runtime.install(`check(ctx) { ${line}; for (;;) {} }`)
    t.match(await check(runtime, installation), { ok: false, failure: { class: 'CPU' } })
    const { data } = await runtime.invocations.runs('org_a', { installationId: installation.id })
    t.match(data, [{ outcome: 'failed', failure: { class: 'CPU' } }])
  }
  const thrower = runtime.install(
    "check() { throw Object.assign(new Error('boom \\ud800'), { code: 'C'.repeat(9000) }) }",
  )
  t.match(await check(runtime, thrower), { ok: false, failure: { class: 'USER_ERROR' } })
  t.equal((await runtime.invocations.runs('org_a', { installationId: thrower.id })).data.length, 1)
  t.same(await actions(runtime, 'failed'), ['sandbox.incident', 'sandbox.incident'])
})
