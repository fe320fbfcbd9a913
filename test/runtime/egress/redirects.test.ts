import t from 'tap'
import type { CredentialInjection } from '../../../runtime/installation-source.ts'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

/** `/<status>?to=<location>` redirects there; everything else answers. */
const redirecting = (t: Parameters<typeof startUpstream>[0]) =>
  startUpstream(t, (request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const to = url.searchParams.get('to')
    if (to === null) response.end('arrived')
    else response.writeHead(Number(url.pathname.slice(1)), { location: to }).end('gone')
  })

const via = (status: number, to: string) => `/${status}?to=${encodeURIComponent(to)}`

t.test('follows at most three, each through the gate', async (t) => {
  const upstream = await redirecting(t)
  const base = `http://api.erp.example:${upstream.port}`
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const chain = (hops: number): string => (hops === 0 ? '/end' : via(302, chain(hops - 1)))
  t.match(await gate.get(base + chain(3)), { ok: true, value: { status: 200, url: `${base}/end` } })
  t.match(textOf(await gate.get(base + chain(4))), /more than 3 redirects/)
  const loop = await startUpstream(t, (_request, response) => response.writeHead(302, { location: '/' }).end())
  const looping = await openGate(t, [grant('loop.example', loop.port)])
  t.equal(outcomeOf(await looping.get(`http://loop.example:${loop.port}/`)), 'EGRESS_DENIED')
  t.equal(loop.requests.length, 4)
})

t.test('refuses a redirect to what is not granted or not public', async (t) => {
  const upstream = await redirecting(t)
  const victim = await startUpstream(t)
  const base = `http://api.erp.example:${upstream.port}`
  const targets = [
    `http://127.0.0.1:${victim.port}/`,
    `http://2130706433:${victim.port}/`,
    `http://[::ffff:127.0.0.1]:${victim.port}/`,
    `http://victim.example:${victim.port}/`,
    `//victim.example:${victim.port}/`,
    `http://user:pass@api.erp.example:${upstream.port}/`,
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data/',
  ]
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  for (const to of targets) t.equal(outcomeOf(await gate.get(base + via(302, to))), 'EGRESS_DENIED', to)
  t.equal(victim.requests.length, 0)
  const open = await openGate(t, [grant('api.erp.example', upstream.port), grant('victim.example', victim.port)])
  t.equal(outcomeOf(await open.get(base + via(302, targets[3] ?? ''))), '200', 'control: granted, it is followed')
  t.equal(victim.requests.length, 1)
  await open.audit.flush()
  t.match((await open.audit.list('org_a')).data[0]?.details, { hosts: ['api.erp.example', 'victim.example'] })
})

t.test('refuses to leave encryption', async (t) => {
  const upstream = await redirecting(t)
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const grants = [grant('api.erp.example', 443, 'https'), grant('api.erp.example', 80, 'http')]
  const gate = await openGate(t, grants, { overrides })
  t.equal(outcomeOf(await gate.get('http://api.erp.example/end')), '200', 'control: plain HTTP is granted')
  t.match(
    textOf(await gate.get(`https://api.erp.example${via(302, 'http://api.erp.example/end')}`)),
    /without encryption/,
  )
})

t.test('changes method and body as the Fetch standard says', async (t) => {
  const upstream = await redirecting(t)
  const base = `http://api.erp.example:${upstream.port}`
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const cases = [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ] as const
  for (const [status, method, becomes] of cases) {
    const body = method === 'HEAD' ? {} : { body: Buffer.from('{"a":1}') }
    const headers = [['Content-Type', 'application/json'] as const, ['X-Keep', '1'] as const]
    await gate.get(base + via(status, '/end'), { request: { url: '', method, headers, ...body } })
    const last = upstream.requests.at(-1)
    t.match(last, { method: becomes, url: '/end', headers: { 'x-keep': '1' } }, `${status} ${method}`)
    t.equal(last?.body, becomes === 'GET' || becomes === 'HEAD' ? '' : '{"a":1}', `${status} ${method} body`)
    if (becomes === 'GET') t.equal(last?.headers['content-type'], undefined)
  }
})

t.test('a credential goes to the host that it is bound to and to no other', async (t) => {
  const other = await startUpstream(t)
  const upstream = await redirecting(t)
  const base = `http://api.erp.example:${upstream.port}`
  const grants = [grant('api.erp.example', upstream.port), grant('other.example', other.port)]
  const gate = await openGate(t, grants)
  const inject: CredentialInjection[] = [
    { host: 'api.erp.example', in: 'header', name: 'X-Erp-Key', template: '{{apiKey}}' },
    { host: 'api.erp.example', in: 'query', name: 'key', template: '{{apiKey}}' },
  ]
  const injections = inject.map((injection) => ({ injection, values: { apiKey: 'a-very-secret-key' } }))
  const headers = [['Authorization', 'Bearer mine'] as const, ['Cookie', 'c=1'] as const, ['X-Plain', '1'] as const]
  const request = { url: '', method: 'GET', headers }
  await gate.get(base + via(302, '/end'), { request, injections })
  t.match(upstream.requests[1], {
    url: '/end?key=a-very-secret-key',
    headers: { 'x-erp-key': 'a-very-secret-key', authorization: 'Bearer mine' },
  })
  await gate.get(base + via(302, `http://other.example:${other.port}/end`), { request, injections })
  const arrived = other.requests[0]
  t.match(arrived, { url: '/end', headers: { 'x-plain': '1' } })
  t.notMatch(JSON.stringify(arrived), /a-very-secret-key|Bearer mine|c=1/)
})
