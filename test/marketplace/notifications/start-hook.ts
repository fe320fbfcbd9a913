import { createServer } from 'node:http'
import type { Test } from 'tap'

export interface HookCall {
  headers: Record<string, string>
  body: string
}

/** What stands at the publisher's address; answers with `statuses` in turn, then with 204. */
export async function startHook(
  t: Pick<Test, 'teardown'>,
  statuses: number[] = [],
): Promise<{ port: number; calls: HookCall[] }> {
  const calls: HookCall[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    calls.push({ headers, body: Buffer.concat(chunks).toString('utf8') })
    response.writeHead(statuses.shift() ?? 204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, calls }
}
