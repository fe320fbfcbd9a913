import { randomBytes } from 'node:crypto'
import t from 'tap'
import { startUpstream } from '../egress/start-upstream.ts'
import { answerOf, codeOf, installed, openHostApi } from './open-host-api.ts'

t.test('goes out with the hosts and credentials of the installation', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ key: request.headers['x-key'] }))
  })
  const { call, audit } = await openHostApi(t)
  const installation = installed({
    egress: [{ host: 'api.erp.example', scheme: 'http', port: upstream.port }],
    injections: [{ host: 'api.erp.example', in: 'header', name: 'X-Key', template: '{{apiKey}}' }],
  })
  const url = `http://api.erp.example:${upstream.port}/sites`
  const credentials = { apiKey: 'a-secret-of-the-customer' }
  const answer = answerOf(await call('fetch', { url }, { installation, credentials }))
  t.match(answer, { status: 200, url, body: '{"key":"[redacted]"}' })
  t.equal(upstream.requests[0]?.headers['x-key'], credentials.apiKey, 'control: it did go out')
  t.equal(codeOf(await call('fetch', { url }, { installation })), 'AUTHENTICATION_FAILED', 'not configured')
  t.equal(codeOf(await call('fetch', { url: 'http://evil.example/' }, { installation, credentials })), 'EGRESS_DENIED')
  t.match(
    (await audit.list('org_a')).data.filter((row) => row.outcome === 'refused'),
    [{ action: 'egress.fetch', target: 'evil.example', rule: 'host-not-granted', actor: 'installation:ins_1' }],
  )
})

t.test('carries bytes in base64 in both directions', async (t) => {
  const bytes = randomBytes(1000)
  const upstream = await startUpstream(t, (_request, response) => response.end(bytes))
  const { call } = await openHostApi(t)
  const installation = installed({ egress: [{ host: 'api.erp.example', scheme: 'http', port: upstream.port }] })
  const url = `http://api.erp.example:${upstream.port}/`
  const body = Buffer.from('héllo').toString('base64')
  const args = { url, method: 'POST', body, encoding: 'base64', responseEncoding: 'base64' }
  t.match(answerOf(await call('fetch', args, { installation })), { encoding: 'base64', body: bytes.toString('base64') })
  t.equal(upstream.requests[0]?.body, 'héllo')
})

t.test('bytes that are no text arrive as they are, asked for or not', async (t) => {
  const bodies = [randomBytes(1000), Buffer.from('\ufeffa;b'), Buffer.from('café', 'latin1'), Buffer.from('café'), '']
  const upstream = await startUpstream(t, (request, response) => response.end(bodies[Number(request.url?.slice(1))]))
  const { call } = await openHostApi(t)
  const installation = installed({ egress: [{ host: 'api.erp.example', scheme: 'http', port: upstream.port }] })
  for (const [index, body] of bodies.entries()) {
    const url = `http://api.erp.example:${upstream.port}/${index}`
    const answer = answerOf(await call('fetch', { url }, { installation })) as { body: string; encoding?: 'base64' }
    t.same(Buffer.from(answer.body, answer.encoding ?? 'utf8'), Buffer.from(body), String(index))
    t.equal(answer.encoding, index < 3 ? 'base64' : undefined, 'text stays text')
  }
})

t.test('an answer that is too long for a guest is refused', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('x'.repeat(4.5 * 1024 * 1024)))
  const { call } = await openHostApi(t)
  const installation = installed({ egress: [{ host: 'api.erp.example', scheme: 'http', port: upstream.port }] })
  const url = `http://api.erp.example:${upstream.port}/`
  t.match(await call('fetch', { url }, { installation }), {
    ok: false,
    error: { code: 'QUOTA_EXCEEDED', message: /4194304/ },
  })
})

t.test('an answer is measured as it is written: escapes count', async (t) => {
  const upstream = await startUpstream(t, (request, response) =>
    response.end(Buffer.alloc(2_000_000, request.url === '/control' ? 'x' : '\u0001')),
  )
  const { call } = await openHostApi(t)
  const installation = installed({ egress: [{ host: 'api.erp.example', scheme: 'http', port: upstream.port }] })
  const origin = `http://api.erp.example:${upstream.port}`
  t.equal(codeOf(await call('fetch', { url: `${origin}/control` }, { installation })), 'ok')
  t.equal(codeOf(await call('fetch', { url: `${origin}/` }, { installation })), 'QUOTA_EXCEEDED')
  const base64 = await call('fetch', { url: `${origin}/`, responseEncoding: 'base64' }, { installation })
  t.equal(codeOf(base64), 'ok', 'base64 brings the same bytes in')
})
