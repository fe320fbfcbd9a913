import { createHash } from 'node:crypto'
import t from 'tap'
import { buildApp } from './build-app.ts'

t.test('the command line to download', async (t) => {
  const app = await buildApp(t)
  const url = new URL('/downloads/annex-cli.tgz', app.url)
  // Both are asked for before either can be there.
  const [first, second] = await Promise.all([fetch(url), fetch(url)])
  const bytes = Buffer.from(await first.arrayBuffer())
  const etag = first.headers.get('etag') ?? ''

  t.test('is an npm package under its digest, for everybody', async (t) => {
    t.equal(first.status, 200)
    t.equal(first.headers.get('content-type'), 'application/gzip')
    t.equal(etag, `"${createHash('sha256').update(bytes).digest('hex')}"`)
    t.ok(bytes.equals(Buffer.from(await second.arrayBuffer())))
  })

  t.test('is not sent again to whoever has it', async (t) => {
    const known = await fetch(url, { headers: { 'if-none-match': `W/${etag}, "other"` } })
    t.equal(known.status, 304)
    t.equal(await known.text(), '')
    t.equal((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status, 200)
    t.equal((await fetch(url, { method: 'HEAD' })).headers.get('etag'), etag)
  })

  t.test('is described', async (t) => {
    const { body } = await app.call('GET', '/openapi.json')
    t.match(body, { paths: { '/downloads/annex-cli.tgz': { get: { tags: ['downloads'] } } } })
  })
})
