import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { buildApp } from './build-app.ts'
import type { Answer } from './call.ts'

/** RFC 9457 and what the service adds to it. */
function holdsProblem(t: Test, answer: Answer, status: number, code: string): void {
  t.equal(answer.status, status, code)
  t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  const id = answer.headers.get('x-request-id') ?? ''
  t.match(id, /^req_/)
  const expected = { type: `/docs#${code}`, title: String, status, detail: String, code, retryable: Boolean }
  t.match(answer.body, { ...expected, timestamp: /^\d{4}-.*Z$/, requestId: id })
}

t.test('every kind of error is a problem', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE' }

  t.test('unknown paths and methods', async (t) => {
    holdsProblem(t, await app.call('GET', '/api/nothing'), 404, 'NOT_FOUND')
    holdsProblem(t, await app.call('GET', '/%ff'), 400, 'INVALID_ARGUMENT')
    holdsProblem(t, await app.call('GET', `/api/jobs/${'x'.repeat(300)}`), 400, 'INVALID_ARGUMENT')
    const wrong = await app.call('PUT', '/api/v1/chantiers/some')
    holdsProblem(t, wrong, 405, 'METHOD_NOT_ALLOWED')
    t.equal(wrong.headers.get('allow'), 'DELETE, GET, HEAD, PATCH')
  })

  t.test('no credential, a wrong one, too many', async (t) => {
    holdsProblem(t, await app.call('GET', '/api/v1/chantiers'), 401, 'UNAUTHENTICATED')
    const headers = { authorization: 'Bearer eyJ.eyJ.x' }
    holdsProblem(t, await app.call('GET', '/api/v1/chantiers', { headers }), 401, 'UNAUTHENTICATED')
    const both = { ...headers, 'x-api-key': 'hbc_x' }
    holdsProblem(t, await app.call('GET', '/health', { headers: both }), 400, 'SEVERAL_CREDENTIALS')
    const foreign = await ada.call('GET', '/api/v1/chantiers', undefined, { 'x-organization': 'org_other' })
    holdsProblem(t, foreign, 404, 'NOT_FOUND')
  })

  t.test('bodies that do not fit are told by JSON pointer', async (t) => {
    const post = (body: unknown) => ada.call('POST', '/api/v1/chantiers', body)
    const extra = await post({ ...site, 'odd/na~me': 1 })
    holdsProblem(t, extra, 400, 'INVALID_ARGUMENT')
    t.match(extra.body, { errors: [{ pointer: '/odd~1na~0me', in: 'body' }] })
    t.match((await post({ ...site, status: 'DONE' })).body, { errors: [{ pointer: '/status', in: 'body' }] })
    t.match((await post({ reference: 'S-1', status: 'ACTIVE' })).body, { errors: [{ pointer: '/name' }] })
    t.match((await post({ ...site, name: 7 })).body, { errors: [{ pointer: '/name' }] }, 'numbers do not become texts')
    const query = await ada.call('GET', '/api/v1/chantiers?limit=1000')
    t.match(query.body, { status: 400, errors: [{ pointer: '/limit', in: 'query' }] })
    t.match((await ada.call('GET', '/api/v1/chantiers?colour=red')).body, { errors: [{ pointer: '/colour' }] })
    holdsProblem(t, await ada.call('GET', '/api/v1/chantiers?cursor=bm90IG91cnM'), 400, 'INVALID_ARGUMENT')
    holdsProblem(t, await ada.call('GET', '/api/auth/api-keys?cursor=bm90IG91cnM'), 400, 'INVALID_ARGUMENT')
  })

  t.test('bodies that are no JSON, too long or of another type', async (t) => {
    const send = (type: string, body: string | Uint8Array) =>
      ada.call('POST', '/api/v1/chantiers', body, { 'content-type': type })
    holdsProblem(t, await send('application/json', '{"a":'), 400, 'INVALID_ARGUMENT')
    holdsProblem(t, await send('application/json', '{"__proto__":{"a":1}}'), 400, 'INVALID_ARGUMENT')
    holdsProblem(t, await send('text/plain', 'site'), 415, 'UNSUPPORTED_MEDIA_TYPE')
    holdsProblem(t, await send('application/xml', '<a/>'), 415, 'UNSUPPORTED_MEDIA_TYPE')
    const long = JSON.stringify({ ...site, name: 'x'.repeat(1024 * 1024) })
    holdsProblem(t, await send('application/json', long), 413, 'PAYLOAD_TOO_LARGE')
  })

  t.test('what the parser of HTTP refuses', async (t) => {
    const head = 'GET /health HTTP/1.1\r\nHost: a\r\n'
    t.match(
      await raw(app.url, `${head}X-Long: ${'x'.repeat(32_768)}\r\n\r\n`),
      /^HTTP\/1\.1 413 [\s\S]*"PAYLOAD_TOO_LARGE"/,
    )
    t.match(await raw(app.url, 'GARBAGE\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"INVALID_ARGUMENT"[\s\S]*"requestId":"req_/)
    const twice = `${head}Authorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n`
    t.match(await raw(app.url, twice), /"SEVERAL_CREDENTIALS"/, 'none of two is chosen')
  })

  t.test('our own faults tell nothing but the id', async (t) => {
    const { store } = app.services
    t.capture(store, 'forOrganization', () => {
      throw new Error('disk /var/secret is gone')
    })
    const answer = await ada.call('GET', '/api/auth/api-keys')
    t.equal(answer.status, 200)
    const fault = await ada.call('GET', `/api/organizations/${ada.organizationId}`)
    holdsProblem(t, fault, 500, 'INTERNAL')
    t.notMatch(JSON.stringify(fault.body), /secret/)
  })
})

t.test('headers of every answer (S-425, S-426)', async (t) => {
  const app = await buildApp(t, { corsOrigins: ['https://console.example'] })
  const asked = (origin: string) => app.call('GET', '/health', { headers: { origin } })
  const allowed = await asked('https://console.example')
  t.equal(allowed.headers.get('access-control-allow-origin'), 'https://console.example')
  t.equal((await asked('https://evil.example')).headers.get('access-control-allow-origin'), null)
  t.equal(allowed.headers.get('x-content-type-options'), 'nosniff')
  t.match(allowed.headers.get('content-security-policy'), /default-src 'self'/)
  const preflight = await app.call('OPTIONS', '/api/v1/chantiers', {
    headers: { origin: 'https://console.example', 'access-control-request-method': 'PATCH' },
  })
  t.equal(preflight.status, 204)
  t.match(preflight.headers.get('access-control-allow-methods'), /PATCH/)
})

function raw(url: string, text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
  let answer = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    answer += chunk
  })
  socket.on('error', reject)
  socket.on('close', () => resolve(answer))
  return promise
}
