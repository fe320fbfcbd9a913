import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface Upstream {
  port: number
  /** What arrived, in order. */
  requests: { method: string; url: string; headers: IncomingMessage['headers']; rawHeaders: string[]; body: string }[]
}

/** A real HTTP server on the loopback interface that remembers what it was sent. Closed when `t` ends. */
export async function startUpstream(
  t: Pick<Test, 'teardown'>,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end('hello'),
  address = '127.0.0.1',
): Promise<Upstream> {
  const requests: Upstream['requests'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request
      requests.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString() })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { port: (server.address() as AddressInfo).port, requests }
}
