import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** Answers as one outside system does. */
export type Upstream = (request: Request) => Response | Promise<Response>

/** Serves it on loopback until the test ends; gives its port. */
export async function startUpstream(t: Test, answer: Upstream): Promise<number> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { method = 'GET', headers, url = '/' } = incoming
    const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}
    const response = await answer(new Request(`http://${headers.host}${url}`, { method, headers: pairs, ...body }))
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
