import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import type { FileHandle } from '@annex/sdk/context'
import type { FetchAnswer } from '@annex/sdk/host-api'
import t, { type Test } from 'tap'
import { FILE_LIMITS, files, fileUsage } from '../../../runtime/host-api/file-documents.ts'
import { createFiles } from '../../../runtime/host-api/files.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { startUpstream } from '../egress/start-upstream.ts'
import { afterEachFind } from '../storage/after-each-find.ts'
import { answerOf, codeOf, installed, openHostApi, type TestHost } from './open-host-api.ts'

const MB = 1024 * 1024

type Answering = (request: IncomingMessage, response: ServerResponse) => void

/** An installation that may reach one server under two names. */
async function openOne(t: Test, answer: Answering) {
  const upstream = await startUpstream(t, answer)
  const host = await openHostApi(t)
  const installation = reaching(upstream.port)
  const url = (path: string, name = 'api.erp.example') => `http://${name}:${upstream.port}${path}`
  const fetch = (path: string, more: object = {}, request: Parameters<TestHost['call']>[2] = { installation }) =>
    host.call('fetch', { url: url(path), ...more }, request)
  return { ...host, upstream, installation, url, fetch, files: createFiles(host) }
}

function reaching(port: number, more: Partial<ActiveInstallation> = {}): ActiveInstallation {
  const grant = { scheme: 'http', port } as const
  return installed({
    egress: [
      { host: 'api.erp.example', ...grant },
      { host: 'other.example', ...grant },
    ],
    ...more,
  })
}

function fileOf(result: Awaited<ReturnType<TestHost['call']>>): FileHandle {
  const { file } = answerOf(result) as unknown as FetchAnswer
  if (!file) throw new Error('there is no file')
  return file
}

/** All that is kept, of whomever. */
async function keptBy({ store }: TestHost) {
  const system = store.asSystem('a test looks')
  const usage = (await system(fileUsage).find({})).data.map(({ files, bytes = 0 }) => ({ files, bytes }))
  return { files: (await system(files).find({})).data, usage }
}

t.test('a file that has come while it was swept stays, and is counted', async (t) => {
  const host = await openHostApi(t)
  const kept = createFiles(host)
  const place = await kept.reserve('org_a', 'ins_1')
  if (!place.ok) throw new Error(place.error.message)
  host.clock.move(FILE_LIMITS.receivingMs + 1)
  const filled: FileHandle[] = []
  const fill = async () => filled.push(await place.value.fill(soon(Buffer.from('late')), 'text/plain'))
  await createFiles({ ...host, store: afterEachFind(host.store, fill) }).sweep()
  t.match(await kept.openFile('org_a', 'ins_1', filled[0]?.id ?? ''), { ok: true, value: { file: { size: 4 } } })
  t.same((await keptBy(host)).usage, [{ files: 1, bytes: 4 }])
})

t.test('keeps the body on the host and answers a handle', async (t) => {
  const bytes = randomBytes(700_000)
  const one = await openOne(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/pdf', 'content-encoding': 'gzip', 'x-page': '1' })
    response.end(gzipSync(bytes))
  })
  const answer = answerOf(await one.fetch('/plan.pdf', { as: 'file' }))
  const digest = createHash('sha256').update(bytes).digest('hex')
  const file = { id: /^file_[0-9a-f]{32}$/, size: bytes.length, type: 'application/pdf', digest }
  t.match(answer, { status: 200, url: one.url('/plan.pdf'), body: '', file })
  t.match((answer as { headers: string[][] }).headers, [['content-type'], ['x-page', '1']])
  const { id } = (answer as { file: { id: string } }).file
  const opened = await one.files.openFile('org_a', 'ins_1', id)
  if (!opened.ok) throw new Error(opened.error.message)
  const stored = Buffer.concat(await Array.fromAsync(opened.value.stream()))
  t.ok(stored.equals(bytes), 'decoded, byte for byte')
  await one.audit.flush()
  t.match((await one.audit.list('org_a')).data, [
    { action: 'egress.fetch', outcome: 'allowed', details: { status: 200, bytes: bytes.length } },
  ])
})

t.test('fifty megabytes go in and out without ever being in memory', async (t) => {
  const piece = randomBytes(64 * 1024)
  const pieces = 800
  const expected = createHash('sha256')
  for (let i = 0; i < pieces; i++) expected.update(piece)
  const digest = expected.digest('hex')
  const received = { digest: '', length: '', type: '' }
  const server = createServer((request, response) => {
    if (request.method === 'GET') return void sendPieces(response, piece, pieces)
    const hash = createHash('sha256')
    request.on('data', (chunk: Buffer) => hash.update(chunk))
    request.on('end', () => {
      const { 'content-length': length = '', 'content-type': type = '' } = request.headers
      Object.assign(received, { digest: hash.digest('hex'), length, type })
      response.end('stored')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const host = await openHostApi(t)
  const { port } = server.address() as AddressInfo
  const installation = reaching(port)
  const source = `http://api.erp.example:${port}/`
  const target = `http://other.example:${port}/`
  let file: FileHandle | undefined
  const most = await mostMemory(async () => {
    file = fileOf(await host.call('fetch', { url: source, as: 'file' }, { installation }))
    const sent = await host.call('fetch', { url: target, method: 'PUT', file: file.id }, { installation })
    t.match(answerOf(sent), { status: 200, body: 'stored' })
  })
  t.match(file, { size: pieces * piece.length, digest })
  t.same(received, { digest, length: String(pieces * piece.length), type: 'application/octet-stream' })
  t.ok(most < 10 * MB, `${Math.round(most / MB)} MB at most`)
  const control = await mostMemory(async () => {
    const whole = await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer()
    // Held until somebody looks.
    for (const looked = looks; looks < looked + 2; ) await sleep(LOOK_MS)
    t.equal(whole.byteLength, pieces * piece.length)
  })
  t.ok(control > 45 * MB, `control: read whole, it takes ${Math.round(control / MB)} MB`)
  t.equal(codeOf(await host.call('fetch', { url: source }, { installation })), 'QUOTA_EXCEEDED', 'control: not a file')
})

async function sendPieces(response: ServerResponse, piece: Buffer, pieces: number): Promise<void> {
  for (let i = 0; i < pieces; i++) {
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.end()
}

const LOOK_MS = 100
let looks = 0

/**
 * The most that live buffers took on top while `work` ran. Each look collects all garbage first; of the time it gets a
 * quarter at most, so that the work goes on on a busy machine.
 */
async function mostMemory(work: () => Promise<void>): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const live = () => {
    // What one finds dead is freed beside the program; the next one waits for it.
    for (let times = 0; times < 2; times++) collect()
    return process.memoryUsage().arrayBuffers
  }
  const before = live()
  let most = 0
  let timer = setTimeout(look, LOOK_MS)
  function look(): void {
    const started = performance.now()
    most = Math.max(most, live() - before)
    looks++
    timer = setTimeout(look, Math.max(LOOK_MS, 3 * (performance.now() - started)))
  }
  await work()
  clearTimeout(timer)
  return most
}

t.test('an answer without success is read as any other, and nothing is kept', async (t) => {
  const one = await openOne(t, (_request, response) => response.writeHead(404).end('no such plan'))
  const answer = answerOf(await one.fetch('/', { as: 'file' }))
  t.match(answer, { status: 404, body: 'no such plan' })
  t.notOk('file' in (answer as object))
  t.same(await keptBy(one), { files: [], usage: [{ files: 0, bytes: 0 }] })
})

t.test('a body that is too long, breaks off or lies about its coding leaves nothing behind', async (t) => {
  const one = await openOne(t, (request, response) => {
    if (request.url === '/long') return void sendPieces(response, Buffer.alloc(MB), 66)
    if (request.url === '/lie') return void response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')
    response.writeHead(200, { 'content-length': '1000000' }).write(Buffer.alloc(500_000))
    setTimeout(() => response.destroy(), 20)
  })
  const ends = { '/long': 'QUOTA_EXCEEDED', '/lie': 'CONNECTION_FAILED', '/break': 'CONNECTION_FAILED' }
  for (const [path, code] of Object.entries(ends)) {
    t.equal(codeOf(await one.fetch(path, { as: 'file' })), code, path)
    t.same(await keptBy(one), { files: [], usage: [{ files: 0, bytes: 0 }] }, path)
  }
  await one.audit.flush()
  t.equal((await one.audit.list('org_a')).data.length, 3, 'a row for each')
})

t.test('a file is sent with its type and length, and again after a redirect that keeps the body', async (t) => {
  const one = await openOne(t, (request, response) => {
    if (request.url === '/get') response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end('a;b')
    else if (request.url === '/moved') response.writeHead(307, { location: '/there' }).end()
    else response.end('ok')
  })
  const file = fileOf(await one.fetch('/get', { as: 'file' }))
  await one.fetch('/there', { method: 'PUT', file: file.id })
  await one.fetch('/there', { method: 'POST', file: file.id, headers: [['Content-Type', 'text/plain']] })
  t.match(answerOf(await one.fetch('/moved', { method: 'PUT', file: file.id })), { status: 200, body: 'ok' })
  const bodies = one.upstream.requests.slice(1)
  t.same([...new Set(bodies.map(({ body }) => body))], ['a;b'])
  t.same(
    bodies.map(({ headers }) => [headers['content-type'], headers['content-length'], headers['transfer-encoding']]),
    [
      ['text/csv; charset=utf-8', '3', undefined],
      ['text/plain', '3', undefined],
      ['text/csv; charset=utf-8', '3', undefined],
      ['text/csv; charset=utf-8', '3', undefined],
    ],
  )
  t.equal(codeOf(await one.fetch('/there', { file: file.id })), 'INVALID_ARGUMENT', 'a GET has no body')
  t.equal(
    codeOf(await one.fetch('/there', { method: 'PUT', file: file.id, body: 'x' })),
    'INVALID_ARGUMENT',
    'not both',
  )
  t.equal(codeOf(await one.fetch('/there', { as: 'stream' })), 'INVALID_ARGUMENT')
})

t.test('a handle opens for its own installation alone', async (t) => {
  const one = await openOne(t, (_request, response) => response.end('of one'))
  const { port } = one.upstream
  const { id } = fileOf(await one.fetch('/', { as: 'file' }))
  const others = [
    reaching(port, { id: 'ins_2' }),
    reaching(port, { organizationId: 'org_b' }),
    reaching(port, { id: 'ins_2', organizationId: 'org_b' }),
  ]
  const send = { method: 'PUT', file: id }
  for (const installation of others) t.equal(codeOf(await one.fetch('/', send, { installation })), 'NOT_FOUND')
  for (const file of ['file_0', `${id}x`, id.toUpperCase(), '../file', 'ins_1'])
    t.equal(codeOf(await one.fetch('/', { ...send, file })), 'NOT_FOUND', file)
  t.equal(one.upstream.requests.length, 1, 'nothing was sent')
  t.equal(codeOf(await one.fetch('/', send)), 'ok', 'control')
})

t.test('a file lasts a day, then it is swept with its bytes', async (t) => {
  const one = await openOne(t, (_request, response) => response.end('for a day'))
  const { id, size } = fileOf(await one.fetch('/', { as: 'file' }))
  const { blob = '' } = (await keptBy(one)).files[0] ?? {}
  const open = async () => (await one.files.openFile('org_a', 'ins_1', id)).ok
  one.clock.move(FILE_LIMITS.keepMs - 1)
  await one.files.sweep()
  t.ok(await open(), 'control')
  t.ok(await one.store.blobs.get(blob), 'control')
  t.same((await keptBy(one)).usage, [{ files: 1, bytes: size }])
  one.clock.move(1)
  t.notOk(await open(), 'expired, swept or not')
  await one.files.sweep()
  t.same(await keptBy(one), { files: [], usage: [{ files: 0, bytes: 0 }] })
  t.equal(await one.store.blobs.get(blob), undefined)
})

t.test('letting go of a file takes nobody else the same bytes', async (t) => {
  const bytes = Buffer.from('the bytes of a published package')
  const one = await openOne(t, (_request, response) => response.end(bytes))
  const published = await one.store.blobs.put(bytes)
  fileOf(await one.fetch('/', { as: 'file' }))
  const kept = fileOf(
    await one.fetch('/', { as: 'file' }, { installation: reaching(one.upstream.port, { id: 'ins_2' }) }),
  )
  await one.files.erase('org_a', 'ins_1')
  t.ok(await one.store.blobs.get(published.id), 'the package is there')
  t.ok((await one.files.openFile('org_a', 'ins_2', kept.id)).ok, 'the other file is there')
  t.same(
    (await keptBy(one)).files.map(({ installationId }) => installationId),
    ['ins_2'],
  )
})

t.test('an installation keeps so many files and bytes and no more; expired ones make room', async (t) => {
  const one = await openOne(t, (_request, response) => response.end('x'.repeat(1000)))
  const of = one.store.forOrganization('org_a')
  await of(fileUsage).increment('ins_1', 'files', FILE_LIMITS.files - 1)
  t.equal(codeOf(await one.fetch('/', { as: 'file' })), 'ok', 'the last place')
  t.equal(codeOf(await one.fetch('/', { as: 'file' })), 'QUOTA_EXCEEDED')
  t.equal(one.upstream.requests.length, 1, 'refused before anything is sent')
  one.clock.move(FILE_LIMITS.keepMs)
  t.equal(codeOf(await one.fetch('/', { as: 'file' })), 'ok', 'the expired one made room')
  await of(fileUsage).increment('ins_1', 'files', -50)
  await of(fileUsage).increment('ins_1', 'bytes', FILE_LIMITS.bytes - 2500)
  t.equal(codeOf(await one.fetch('/', { as: 'file' })), 'ok')
  t.match(await one.fetch('/', { as: 'file' }), { ok: false, error: { code: 'QUOTA_EXCEEDED', message: /500 bytes/ } })
  const others = await Promise.all(
    ['ins_2', 'ins_3'].map((id) =>
      one.fetch('/', { as: 'file' }, { installation: reaching(one.upstream.port, { id }) }),
    ),
  )
  t.same(others.map(codeOf), ['ok', 'ok'], 'others have their own')
})

t.test('a secret that the upstream writes into a file goes nowhere with it', async (t) => {
  const apiKey = 'k3y-of-the-customer-0123456789'
  const one = await openOne(t, (request, response) => {
    if (request.method === 'PUT') return void response.end('ok')
    // Letter by letter: no chunk holds the whole of it.
    const text = `begin ${request.headers['x-key']} and ${Buffer.from(String(request.headers['x-key'])).toString('base64')} end`
    let at = 0
    const timer = setInterval(() => {
      if (at < text.length) return void response.write(text[at++])
      clearInterval(timer)
      response.end()
    }, 1)
  })
  const injections = [{ host: 'api.erp.example', in: 'header', name: 'X-Key', template: '{{apiKey}}' }] as const
  const request = { installation: reaching(one.upstream.port, { injections }), credentials: { apiKey } }
  const file = fileOf(await one.fetch('/echo', { as: 'file' }, request))
  const url = one.url('/steal', 'other.example')
  answerOf(await one.call('fetch', { url, method: 'PUT', file: file.id }, request))
  const [asked, stolen] = one.upstream.requests
  t.equal(asked?.headers['x-key'], apiKey, 'control: it did go out')
  t.match(stolen?.body, /^begin \[redacted\] and \[redacted\]\S* end$/)
  t.equal(
    file.digest,
    createHash('sha256')
      .update(stolen?.body ?? '')
      .digest('hex'),
    'the digest is of what is kept',
  )
})

async function* soon(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
