import { randomBytes } from 'node:crypto'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

t.test('sends a request to a granted host and brings the answer back', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(201, 'Made', { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] }).end('body')
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = `http://api.erp.example:${upstream.port}/sites?page=2&q=%20x#part`
  const result = await gate.get(url, {
    request: {
      url,
      method: 'POST',
      headers: [
        ['Content-Type', 'text/plain'],
        ['X-A', 'b'],
      ],
      body: Buffer.from('hé'),
    },
  })
  if (!result.ok) throw new Error(result.error.message)
  const { status, statusText, url: final, headers } = result.value
  t.match({ status, statusText, final }, { status: 201, statusText: 'Made', final: url.replace('#part', '') })
  t.same(
    headers.filter(([name]) => name !== 'date'),
    [
      ['x-one', '1'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  )
  t.equal(textOf(result), 'body')
  const [sent] = upstream.requests
  t.match(sent, { method: 'POST', url: '/sites?page=2&q=%20x', body: 'hé' })
  t.match(sent?.headers, { host: `api.erp.example:${upstream.port}`, 'content-length': '3', 'x-a': 'b', accept: '*/*' })
  await gate.audit.flush()
  const [row] = (await gate.audit.list('org_a')).data
  t.match(row, {
    action: 'egress.fetch',
    actor: 'installation:ins_1',
    target: 'api.erp.example',
    outcome: 'allowed',
    details: { method: 'POST', status: 201, bytes: 4 },
  })
  t.notMatch(JSON.stringify(row), /page|sites/, 'neither path nor query')
})

t.test('gives every status as it is, 429 and 500 included', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { 'retry-after': '7' }).end()
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  for (const status of [204, 304, 401, 404, 429, 500, 503]) {
    t.equal(outcomeOf(await gate.get(`http://api.erp.example:${upstream.port}/${status}`)), String(status))
  }
})

t.test('decodes gzip, deflate (both forms) and brotli', async (t) => {
  const text = 'chantier '.repeat(1000)
  const codings: Record<string, [string, Buffer]> = {
    '/gzip': ['gzip', gzipSync(text)],
    '/deflate': ['deflate', deflateSync(text)],
    '/raw': ['deflate', deflateRawSync(text)],
    '/br': ['br', brotliCompressSync(text)],
    '/empty': ['gzip', Buffer.alloc(0)],
    '/odd': ['zstd', Buffer.from('x')],
    '/cut': ['gzip', gzipSync(text).subarray(0, 30)],
    '/lie': ['gzip', Buffer.from('not gzip at all')],
  }
  const upstream = await startUpstream(t, (request, response) => {
    const [encoding, body] = codings[request.url ?? ''] ?? ['', Buffer.alloc(0)]
    response.writeHead(200, { 'content-encoding': encoding }).end(body)
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const get = (path: string) => gate.get(`http://api.erp.example:${upstream.port}${path}`)
  for (const path of ['/gzip', '/deflate', '/raw', '/br']) {
    const result = await get(path)
    t.equal(textOf(result), text, path)
    t.notOk(result.ok && result.value.headers.some(([name]) => /^content-(encoding|length)$/.test(name)))
  }
  t.equal(textOf(await get('/empty')), '')
  for (const path of ['/odd', '/cut', '/lie']) t.equal(outcomeOf(await get(path)), 'CONNECTION_FAILED', path)
})

t.test('an override leads a host to the loopback interface, under its own name', async (t) => {
  const upstream = await startUpstream(t)
  const overrides = { 'api.erp.example': { address: '127.0.0.1', port: upstream.port, scheme: 'http' as const } }
  const gate = await openGate(t, [grant('api.erp.example', 443, 'https')], { overrides, allowPrivateRanges: [] })
  const result = await gate.get('https://api.erp.example/x')
  t.equal(result.ok && result.value.url, 'https://api.erp.example/x')
  t.equal(upstream.requests[0]?.headers.host, 'api.erp.example')
  t.equal(outcomeOf(await gate.get('https://other.example/x')), 'EGRESS_DENIED', 'an override grants nothing')
  await t.rejects(
    openGate(t, [], { overrides: { 'a.example': { address: '10.0.0.1', port: 80, scheme: 'http' } } }),
    /loopback/,
  )
  await t.rejects(openGate(t, [], { allowPrivateRanges: ['10.0.0.0'] }))
})

t.test('holds bodies to their limits in both directions', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.end(Buffer.alloc(Number(request.url?.slice(1)) || 0, 'x'))
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = (size: number) => `http://api.erp.example:${upstream.port}/${size}`
  t.equal(outcomeOf(await gate.get(url(5 * 1024 * 1024))), '200', 'exactly 5 MiB')
  t.equal(outcomeOf(await gate.get(url(5 * 1024 * 1024 + 1))), 'QUOTA_EXCEEDED')
  const post = (size: number) =>
    gate.get(url(0), { request: { url: '', method: 'POST', headers: [], body: randomBytes(size) } })
  t.equal(outcomeOf(await post(1024 * 1024)), '200', 'exactly 1 MiB')
  t.equal(outcomeOf(await post(1024 * 1024 + 1)), 'QUOTA_EXCEEDED')
  t.equal(upstream.requests.length, 3)
})

t.test('tells what failed: no server, no name, no time, a stop', async (t) => {
  const silent = await startUpstream(t, () => {})
  const gate = await openGate(
    t,
    [grant('api.erp.example', silent.port), grant('api.erp.example', 1), grant('no.example', 80)],
    {
      lookup: async (host) => {
        if (host === 'no.example')
          throw Object.assign(new Error('getaddrinfo ENOTFOUND no.example'), { code: 'ENOTFOUND' })
        return [{ address: '127.0.0.1', family: 4 }]
      },
    },
  )
  const url = `http://api.erp.example:${silent.port}/`
  t.match(await gate.get('http://api.erp.example:1/'), {
    ok: false,
    error: { code: 'CONNECTION_FAILED', message: /ECONNREFUSED/ },
  })
  t.match(await gate.get('http://no.example/'), {
    ok: false,
    error: { code: 'CONNECTION_FAILED', message: /ENOTFOUND/ },
  })
  t.match(await gate.get(url, { limits: { totalMs: 50 } }), { ok: false, error: { code: 'TIMEOUT' } })
  t.match(await gate.get(url, { signal: AbortSignal.timeout(30) }), { ok: false, error: { code: 'CANCELLED' } })
  t.match(await gate.get(url, { signal: AbortSignal.abort() }), { ok: false, error: { code: 'CANCELLED' } })
  await gate.audit.flush()
  t.same([...new Set((await gate.audit.list('org_a')).data.map((row) => row.outcome))], ['failed'])
})

t.test('lets six of an installation run at once, the others wait their turn', async (t) => {
  let [running, most] = [0, 0]
  const upstream = await startUpstream(t, (_request, response) => {
    running++
    most = Math.max(most, running)
    setTimeout(() => {
      running--
      response.end('ok')
    }, 20)
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = `http://api.erp.example:${upstream.port}/`
  const results = await Promise.all(Array.from({ length: 20 }, () => gate.get(url)))
  t.ok(results.every((result) => outcomeOf(result) === '200'))
  t.equal(most, 6)
  const flood = await Promise.all(Array.from({ length: 100 }, () => gate.get(url)))
  t.equal(flood.filter((result) => outcomeOf(result) === '200').length, 70, 'six run, 64 wait')
  t.equal(flood.filter((result) => outcomeOf(result) === 'QUOTA_EXCEEDED').length, 30)
})
