import { createGzip, gzipSync } from 'node:zlib'
import t from 'tap'
import { grant, openGate, outcomeOf, textOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

t.test('a gzip bomb ends at the limit, not in memory', async (t) => {
  const bomb = await new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = []
    const gzip = createGzip({ level: 9 })
    gzip.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)))
    const zeros = Buffer.alloc(1024 * 1024)
    for (let i = 0; i < 48; i++) gzip.write(zeros)
    gzip.end()
  })
  t.ok(bomb.length < 60_000, `${bomb.length} bytes hold 48 MiB`)
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const url = `http://api.erp.example:${upstream.port}/`
  const before = process.memoryUsage().arrayBuffers
  t.match(await gate.get(url), { ok: false, error: { code: 'QUOTA_EXCEEDED', message: /longer than/ } })
  t.ok(process.memoryUsage().arrayBuffers - before < 24 * 1024 * 1024)
  const control = await gate.get(url, { limits: { responseBytes: 64 * 1024 * 1024 } })
  t.equal(control.ok && control.value.body.byteLength, 48 * 1024 * 1024, 'control: without the limit it unfolds')
})

t.test('a compressed stream that never grows ends too', async (t) => {
  // Empty gzip members, one after the other: bytes come in, nothing comes out.
  const nothing = Buffer.concat(Array.from({ length: 4000 }, () => gzipSync('')))
  const upstream = await startUpstream(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    const more = () => {
      while (!response.destroyed && response.write(nothing));
      response.once('drain', more)
    }
    more()
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const result = await gate.get(`http://api.erp.example:${upstream.port}/`, { limits: { totalMs: 5000 } })
  t.equal(outcomeOf(result), 'QUOTA_EXCEEDED')
})

t.test('a body without end and one without haste are cut off', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(200)
    if (request.url === '/slow') {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
      return
    }
    const more = () => {
      while (!response.destroyed && response.write('y'.repeat(65_536)));
      response.once('drain', more)
    }
    more()
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const base = `http://api.erp.example:${upstream.port}`
  t.equal(outcomeOf(await gate.get(`${base}/endless`)), 'QUOTA_EXCEEDED')
  t.match(await gate.get(`${base}/slow`, { limits: { totalMs: 150 } }), { ok: false, error: { code: 'TIMEOUT' } })
})

t.test('headers without end are cut off', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => {
    for (let i = 0; i < 100; i++) response.setHeader(`x-${i}`, 'v'.repeat(1000))
    response.end()
  })
  const gate = await openGate(t, [grant('api.erp.example', upstream.port)])
  const result = await gate.get(`http://api.erp.example:${upstream.port}/`)
  t.match(textOf(result), /HEADERS_OVERFLOW/)
})
