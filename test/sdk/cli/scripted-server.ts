import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: Buffer
}

export interface ScriptedAnswer {
  status: number
  headers?: Record<string, string>
  body?: string
}

export interface ScriptedServer {
  url: string
  seen: SeenRequest[]
}

/** A server that says what it is told to, one answer after the other and the last one for ever: for faults above all. */
export async function scriptedServer(
  t: { teardown(end: () => unknown): void },
  answers: readonly ScriptedAnswer[],
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? { status: 500 }
    seen.push({ method, url, headers, body: Buffer.concat(chunks) })
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): ScriptedAnswer {
  return { status, body: JSON.stringify(body), headers }
}
