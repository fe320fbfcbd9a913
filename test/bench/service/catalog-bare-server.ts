import type { AddressInfo } from 'node:net'
import fastify from 'fastify'

/** Fastify with one route and nothing else: answers `/<bytes>` with so many bytes of JSON. Prints its address. */
const app = fastify()
app.get<{ Params: { bytes: string } }>('/:bytes', async (request) => {
  const rest = Number(request.params.bytes) - JSON.stringify({ text: '' }).length
  return { text: 'x'.repeat(Math.max(0, rest)) }
})
await app.listen({ host: '127.0.0.1', port: 0 })
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
