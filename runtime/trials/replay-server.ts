import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RecordedExchange } from './recorded-exchange.ts'

/** Stands for every host of a recording, on the loopback interface. */
export interface ReplayServer {
  port: number
  close(): Promise<void>
}

/**
 * Serves a recording over HTTP: the requests of an extension take the whole way through the egress gate, and only the
 * last hop is ours. What the recording lacks is answered 501 and noted in the exchange.
 */
export async function startReplayServer(exchange: RecordedExchange): Promise<ReplayServer> {
  const server = createServer((request, response) => {
    const answer = exchange.answer(request.method ?? 'GET', `https://${request.headers.host}${request.url}`)
    request.resume()
    if (!answer) {
      response.writeHead(501, 'Not In The Recording').end()
      return
    }
    // Recorders keep the headers of the compressed transfer beside the plain text: they would lie here.
    const headers = answer.headers.filter(([name]) => !TRANSFER.has(name)).flat()
    try {
      response.writeHead(answer.status, answer.statusText, headers).end(answer.body)
    } catch {
      // A stranger wrote the recording, and Node refuses to send it.
      exchange.unanswered.push(`${request.method} ${request.headers.host}: its recorded answer cannot be sent`)
      response.destroy()
    }
  })
  return { port: await listen(server), close: () => close(server) }
}

const TRANSFER = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'trailer',
  'upgrade',
])

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
