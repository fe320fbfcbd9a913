import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import type { Login } from '../../../sdk/cli/credentials.ts'
import { createServerClient } from '../../../sdk/cli/server-client.ts'
import { json, scriptedServer } from './scripted-server.ts'

const login = (server: string): Login => ({ server, token: 'the-token', kind: 'key' })

t.test('a busy server is asked again, with the same idempotency key and body', async (t) => {
  const server = await scriptedServer(t, [
    json(503, { title: 'Busy' }, { 'retry-after': '0' }),
    json(202, { id: 'sub_1' }),
  ])
  const client = createServerClient(server.url, login(server.url))
  t.strictSame(await client.send({ method: 'POST', path: '/x', bytes: new Uint8Array([1, 2]) }), { id: 'sub_1' })
  const [first, second] = server.seen
  t.equal(server.seen.length, 2)
  t.ok(first?.headers['idempotency-key'])
  t.equal(first?.headers['idempotency-key'], second?.headers['idempotency-key'])
  t.equal(second?.headers['content-type'], 'application/gzip')
  t.match(second?.headers['content-digest'], /^sha-256=:[A-Za-z0-9+/]{43}=:$/)
  t.equal(second?.headers.authorization, 'Bearer the-token')
  t.strictSame([...(second?.body ?? [])], [1, 2])
})

t.test('a refusal carries the words, the code and the request of the server', async (t) => {
  const problem = { title: 'Conflict', detail: 'The version is taken', code: 'VERSION_TAKEN', requestId: 'req_7' }
  const server = await scriptedServer(t, [json(409, problem, { 'content-type': 'application/problem+json' })])
  const client = createServerClient(server.url)
  await t.rejects(client.send({ method: 'POST', path: '/x', json: {} }), {
    exit: 3,
    code: 'VERSION_TAKEN',
    message: 'The version is taken [VERSION_TAKEN]',
    where: `POST ${server.url}/x`,
    fix: /req_7/,
  })
  t.equal(server.seen.length, 1, 'and is not tried again')
})

t.test('a refusal names the places that do not fit', async (t) => {
  const details = {
    problems: [{ pointer: '/size', message: 'must be >= 1' }, { pointer: '', message: 'no more' }, null],
  }
  const server = await scriptedServer(t, [json(400, { code: 'CONFIG_INVALID', detail: 'It does not fit', details })])
  await t.rejects(createServerClient(server.url).send({ method: 'POST', path: '/x', json: {} }), {
    message: 'It does not fit [CONFIG_INVALID]\n  at /size: must be >= 1\n  no more',
    fix: /Correct/,
  })
})

t.test('points at nothing but the page of the platform', async (t) => {
  for (const [type, docs] of [
    ['/docs#WEAK_PASSWORD', '/docs#WEAK_PASSWORD'],
    ['https://other.example/', '/docs'],
  ]) {
    const server = await scriptedServer(t, [json(400, { code: 'WEAK_PASSWORD', type })])
    const sent = createServerClient(server.url).send({ method: 'POST', path: '/x', json: {} })
    await t.rejects(sent, { code: 'WEAK_PASSWORD', fix: `${server.url}${docs} explains the code WEAK_PASSWORD` })
  }
})

t.test('says to log in again when the session is over', async (t) => {
  const server = await scriptedServer(t, [json(401, { code: 'UNAUTHENTICATED', title: 'No' })])
  await t.rejects(createServerClient(server.url).send({ method: 'GET', path: '/x' }), {
    name: 'CliError',
    fix: /annex login/,
  })
})

t.test('a server that speaks no JSON is told apart', async (t) => {
  const server = await scriptedServer(t, [{ status: 200, body: '<html>', headers: { 'content-type': 'text/html' } }])
  await t.rejects(createServerClient(server.url).send({ method: 'GET', path: '/x' }), { code: 'BAD_ANSWER' })
})

t.test('never follows a redirect with its token', async (t) => {
  const other = await scriptedServer(t, [json(200, {})])
  const server = await scriptedServer(t, [{ status: 302, headers: { location: `${other.url}/steal` } }])
  const client = createServerClient(server.url, login(server.url))
  await t.rejects(client.send({ method: 'GET', path: '/x' }), { exit: 3, code: 'CONNECTION_FAILED' })
  t.equal(other.seen.length, 0)
})

t.test('an address where nobody listens is an error of the connection', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const closed = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await new Promise((resolve) => server.close(resolve))
  await t.rejects(createServerClient(closed).send({ method: 'GET', path: '/x' }), {
    exit: 3,
    code: 'CONNECTION_FAILED',
  })
})
