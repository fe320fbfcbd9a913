import { createReadStream, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'

/** Fastify and nothing else: streams the file whose path comes on standard input at `/`. Prints its address. */
let path = ''
for await (const chunk of process.stdin.setEncoding('utf8')) path += chunk
const { size } = statSync(path)
const app = fastify()
app.get('/', (_request, reply) => {
  reply.headers({ 'content-type': 'application/gzip', 'content-length': size }).send(createReadStream(path))
})
await app.listen({ host: '127.0.0.1', port: 0 })
console.log(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
