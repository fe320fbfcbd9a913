import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { CredentialInjection } from '../../../runtime/installation-source.ts'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

const SECRET = 'k3y+/="é secret'

const bound = (more: Partial<CredentialInjection>, values: Record<string, string> = { apiKey: SECRET }) => ({
  injection: {
    host: 'api.erp.example',
    in: 'header',
    name: 'X-Key',
    template: '{{apiKey}}',
    ...more,
  } as CredentialInjection,
  values,
})

t.test('puts credentials where the injection says', async (t) => {
  const upstream = await startUpstream(t)
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = `http://api.erp.example:${upstream.port}/a?b=%20c`
  const sent = async (injection: ReturnType<typeof bound>) => {
    await gate.get(url, {
      injections: [injection],
      request: {
        url,
        method: 'GET',
        headers: [
          ['x-key', 'of the guest'],
          ['authorization', 'mine'],
        ],
      },
    })
    return upstream.requests.at(-1)
  }
  const values = { apiKey: 'abc', user: 'dupont', password: 'p:w é' }
  t.same(
    (await sent(bound({ template: 'Token {{ apiKey }}!' }, values)))?.headers['x-key'],
    'Token abc!',
    'the guest cannot override it',
  )
  t.equal((await sent(bound({ in: 'bearer', template: '{{apiKey}}' }, values)))?.headers.authorization, 'Bearer abc')
  const basic = await sent(bound({ in: 'basic', template: '{{user}}:{{password}}' }, values))
  t.equal(basic?.headers.authorization, `Basic ${Buffer.from('dupont:p:w é').toString('base64')}`)
  t.equal(
    (await sent(bound({ in: 'query', name: 'api key' }, { apiKey: 'a&b=c' })))?.url,
    '/a?b=%20c&api%20key=a%26b%3Dc',
  )
  t.equal((await sent(bound({ in: 'query', name: 'b' }, { apiKey: 'x' })))?.url, '/a?b=x', 'the guest cannot double it')
  t.notMatch((await sent(bound({ host: 'other.example' }, values)))?.headers, { 'x-key': 'abc' })
})

t.test('refuses a credential that is missing or would break the message', async (t) => {
  const upstream = await startUpstream(t)
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = `http://api.erp.example:${upstream.port}/`
  const cases: [ReturnType<typeof bound>, RegExp][] = [
    [bound({}, {}), /apiKey is not configured/],
    [bound({ template: '{{toString}}' }), /toString is not configured/],
    [bound({}, { apiKey: 'line\r\nHost: evil' }), /line break/],
    [bound({}, { apiKey: 'line\nbreak' }), /line break/],
    [bound({}, { apiKey: 'nul\0' }), /NUL/],
    [bound({ in: 'query', name: 'k' }, { apiKey: 'a\r\nb' }), /line break/],
    [bound({}, { apiKey: 'snow ☃' }), /no header can have/],
  ]
  for (const [injection, message] of cases) {
    const result = await gate.get(url, { injections: [injection] })
    t.match(result, { ok: false, error: { code: 'AUTHENTICATION_FAILED', message } })
    t.notMatch(JSON.stringify(result), /evil|snow|line\\n/)
  }
  t.equal(upstream.requests.length, 0)
})

t.test('an upstream that echoes the secret does not hand it to the guest', async (t) => {
  const echoes: Record<string, (key: string) => string | Buffer> = {
    plain: (key) => `your key is ${key}, ${key}`,
    json: (key) => JSON.stringify({ headers: { 'x-key': key } }),
    url: (key) => `?k=${encodeURIComponent(key)}`,
    form: (key) => new URLSearchParams({ k: key }).toString(),
    hex: (key) => Buffer.from(key).toString('hex'),
    base64: (key) => Buffer.from(key).toString('base64'),
    base64url: (key) => Buffer.from(key).toString('base64url'),
    base64At1: (key) => Buffer.from(`x${key}yyyy`).toString('base64'),
    base64At2: (key) => Buffer.from(`xy${key}zzz`).toString('base64'),
    binary: (key) => Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(key), Buffer.from([0])]),
  }
  const upstream = await startUpstream(t, (request, response) => {
    const key = Buffer.from(String(request.headers['x-key']), 'latin1').toString('utf8')
    const how = request.url?.slice(1) ?? ''
    const headers = { 'x-echo': String(request.headers['x-key']), 'content-encoding': 'gzip' }
    response.writeHead(200, headers).end(gzipSync(echoes[how]?.(key) ?? ''))
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  // Header values are Latin-1 on the wire: the credential is given as the bytes of its UTF-8.
  const wire = Buffer.from(SECRET).toString('latin1')
  const masked = [bound({}, { apiKey: wire }), bound({ host: 'elsewhere.example' })]
  const unmasked = { request: { url: '', method: 'GET', headers: [['x-key', wire] as const] } }
  for (const how of Object.keys(echoes)) {
    const url = `http://api.erp.example:${upstream.port}/${how}`
    const expected = echoes[how]?.(SECRET) ?? ''
    const control = await gate.get(url, unmasked)
    t.same(control.ok && Buffer.from(control.value.body), Buffer.from(expected), `control: ${how} echoes`)
    const result = await gate.get(url, { injections: masked })
    if (!result.ok) throw new Error(result.error.message)
    t.match(textOf(result), /\[redacted\]/, how)
    const text = Buffer.from(result.value.body).toString('latin1')
    for (const form of [SECRET, wire, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('hex')])
      t.notOk(text.includes(form))
    t.notOk(Buffer.from(text, 'base64').toString('latin1').includes('k3y+/="'), `${how} decoded`)
    t.match(result.value.headers.find(([name]) => name === 'x-echo')?.[1], /\[redacted\]/)
  }
})

t.test('masks a secret in the final URL, in redirects and in refusals', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    const key = new URL(request.url ?? '', 'http://x').searchParams.get('key')
    if (request.url?.startsWith('/end')) response.end('end')
    else if (request.url?.startsWith('/away'))
      response.writeHead(302, { location: `http://${key}.evil.example/` }).end()
    else response.writeHead(302, { location: `/end?was=${key}` }).end()
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const injections = [bound({ in: 'query', name: 'key' }, { apiKey: 'topsecretvalue' })]
  const base = `http://api.erp.example:${upstream.port}`
  const result = await gate.get(`${base}/start`, { injections })
  t.equal(result.ok && result.value.url, `${base}/end?was=[redacted]`)
  t.match(upstream.requests[1]?.url, 'key=topsecretvalue', 'control: it did go out')
  const refused = await gate.get(`${base}/away`, { injections })
  t.equal(outcomeOf(refused), 'EGRESS_DENIED')
  t.notMatch(textOf(refused), /topsecretvalue/)
  await gate.audit.flush()
  t.notMatch(JSON.stringify((await gate.audit.list('org_a')).data), /topsecretvalue/)
})

t.test('leaves a user name and short values alone: they occur by chance', async (t) => {
  const upstream = await startUpstream(t, (_request, response) =>
    response.end('Chantier Dupont 42, mot de passe hunter2hunter2'),
  )
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = `http://api.erp.example:${upstream.port}/`
  const basic = bound(
    { in: 'basic', template: '{{user}}:{{password}}' },
    { user: 'Dupont', password: 'hunter2hunter2' },
  )
  const result = await gate.get(url, { injections: [basic, bound({ host: 'x.example' }, { apiKey: '42' })] })
  t.equal(textOf(result), 'Chantier Dupont 42, mot de passe [redacted]')
})
