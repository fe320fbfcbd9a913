import type { AddressInfo } from 'node:net'
import fastify from 'fastify'

/** Fastify with one route and nothing else: answers `/` with the JSON that comes on standard input. Prints its address. */
let text = ''
for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
const body: unknown = JSON.parse(text)
const app = fastify()
app.get('/', async () => body)
await app.listen({ host: '127.0.0.1', port: 0 })
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
