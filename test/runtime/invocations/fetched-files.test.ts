import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Json } from '@annex/sdk/json'
import t, { type Test } from 'tap'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import { sandboxChildrenOf } from '../../faults/children-of.ts'
import { openInvocations } from './open-invocations.ts'

const PIECE = randomBytes(64 * 1024)
const PIECES = 800

/** `GET /<pieces>` sends so many; what is put is answered with its digest. */
async function startServer(t: Test): Promise<number> {
  const server = createServer((request, response) => {
    if (request.method === 'GET') return void send(response, Number(request.url?.slice(1)))
    const hash = createHash('sha256')
    request.on('data', (chunk: Buffer) => hash.update(chunk))
    request.on('end', () => response.end(hash.digest('hex')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function send(response: ServerResponse, pieces: number): Promise<void> {
  if (!(pieces > 0)) return void response.writeHead(404).end('no such file')
  response.setHeader('content-type', 'application/pdf')
  for (let i = 0; i < pieces; i++) {
    if (!response.write(PIECE)) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.end()
}

function answerOf(outcome: InvocationOutcome): Json {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure))
  return outcome.value
}

/** The most memory that any child had so far, in bytes. */
function highWaterMark(): number {
  const marks = sandboxChildrenOf(process.pid).map((pid) => {
    const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) * 1024
  })
  return Math.max(...marks)
}

t.test('a file goes from host to host past the guest', async (t) => {
  const port = await startServer(t)
  const { invocations, install } = await openInvocations(t, {
    allowPrivateRanges: ['127.0.0.1/32'],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
  })
  const installation = install(
    `actions: {
      async fetch(ctx, url) {
        const file = await ctx.fetch(url, { as: 'file' })
        if (!file.ok) return { ok: false, status: file.status, text: await file.text() }
        await ctx.kv.set('file', file)
        return { ...file, type: file.headers.get('content-type') }
      },
      async send(ctx, url) {
        const { value } = await ctx.kv.get('file')
        return (await ctx.fetch(url, { method: 'PUT', body: value })).text()
      },
      async both(ctx, url) {
        const file = await ctx.fetch(url, { as: 'file' })
        return (await ctx.fetch(url, { method: 'PUT', body: file })).text()
      },
      async plain(ctx, url) { return (await (await ctx.fetch(url)).bytes()).length },
    }`,
    { egress: [{ host: 'files.example', scheme: 'http', port }] },
  )
  const { organizationId, id: installationId } = installation
  const run = (action: string, url: string) =>
    invocations.invoke({ organizationId, installationId, handler: ['actions', action], args: [url], reason: 'action' })
  const url = `http://files.example:${port}`
  const digest = (pieces: number) =>
    createHash('sha256')
      .update(Buffer.concat(Array(pieces).fill(PIECE)))
      .digest('hex')

  t.match(answerOf(await run('fetch', `${url}/0`)), { ok: false, status: 404, text: 'no such file' })
  t.equal(answerOf(await run('both', `${url}/2`)), digest(2))
  const before = highWaterMark()
  const large = digest(PIECES)
  const file = { ok: true, status: 200, size: PIECES * PIECE.length, type: 'application/pdf', digest: large }
  t.match(answerOf(await run('fetch', `${url}/${PIECES}`)), file)
  t.equal(answerOf(await run('send', `${url}/x`)), large, 'in a later run, by the handle that was stored')
  const grown = highWaterMark() - before
  t.ok(grown < 8 * 1024 * 1024, `fifty megabytes by, and the child grew by ${Math.round(grown / 1024)} KB`)
  t.equal(answerOf(await run('plain', `${url}/24`)), 24 * PIECE.length, 'control: bytes that come in')
  t.ok(highWaterMark() - before > grown + 4 * 1024 * 1024, 'control: are seen in its memory')
})
