import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Test } from 'tap'
import { grant, openGate, outcomeOf } from '../../runtime/egress/open-gate.ts'
import { openCarelessClient, unpackAll } from './careless-client.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

const MB = 1024 * 1024
const ZEROS = Buffer.alloc(64 * MB)
/** What 64 MB of nothing becomes at most: a thousandth. */
const SMALL = 100_000
const LIMIT = 5 * MB

async function serve(t: Test, body: Buffer, headers: Record<string, string | string[]>): Promise<number> {
  const server = createServer((_request, response) => response.writeHead(200, headers).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function bomb(title: string, make: () => Buffer, encoding: string | string[], ends: string): Idea {
  const headers = { 'content-encoding': encoding }
  return {
    title,
    async control(t) {
      const body = make()
      const port = await serve(t, body, headers)
      const answer = await openCarelessClient(t)(`http://a.example:${port}/`)
      const size = unpackAll(new Uint8Array(await answer.arrayBuffer())).byteLength
      if (body.length > SMALL || size < 10 * LIMIT) return undefined
      return `${body.length} bytes became ${Math.round(size / MB)} MB`
    },
    async attack(t) {
      const port = await serve(t, make(), headers)
      const gate = await openGate(t, [grant('a.example', port)])
      const before = process.memoryUsage().arrayBuffers
      let most = 0
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before)
      }, 1)
      t.equal(outcomeOf(await gate.get(`http://a.example:${port}/`)), ends)
      clearInterval(watch)
      t.ok(most < 4 * LIMIT, `${Math.round(most / MB)} MB at most`)
      const taken: number[] = []
      const into = async (bytes: AsyncIterable<Uint8Array>) => {
        for await (const chunk of bytes) taken.push(chunk.byteLength)
      }
      t.equal(
        outcomeOf(await gate.get(`http://a.example:${port}/`, { into })),
        ends,
        'as a file it is held to its limit too',
      )
      t.ok(taken.reduce((sum, size) => sum + size, 0) <= LIMIT)
    },
  }
}

const brotli = () => brotliCompressSync(ZEROS, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })

runIdeas('bodies that grow', [
  bomb('gzip', () => gzipSync(ZEROS), 'gzip', 'QUOTA_EXCEEDED'),
  bomb('gzip under its old name', () => gzipSync(ZEROS), 'x-gzip', 'QUOTA_EXCEEDED'),
  bomb('gzip in capitals', () => gzipSync(ZEROS), 'GZIP', 'QUOTA_EXCEEDED'),
  bomb('deflate', () => deflateSync(ZEROS), 'deflate', 'QUOTA_EXCEEDED'),
  bomb('deflate without its header', () => deflateRawSync(ZEROS), 'deflate', 'QUOTA_EXCEEDED'),
  bomb('Brotli', brotli, 'br', 'QUOTA_EXCEEDED'),
  bomb('Zstandard, which was not offered', () => zstdCompressSync(ZEROS), 'zstd', 'CONNECTION_FAILED'),
  bomb('gzip in gzip, said in one header', () => gzipSync(gzipSync(ZEROS)), 'gzip, gzip', 'CONNECTION_FAILED'),
  bomb('gzip in gzip, said in two headers', () => gzipSync(gzipSync(ZEROS)), ['gzip', 'gzip'], 'CONNECTION_FAILED'),
  bomb('Brotli in gzip', () => gzipSync(brotli()), 'br, gzip', 'CONNECTION_FAILED'),
])
