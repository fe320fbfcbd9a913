import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, type Counters, createApi } from './api.ts'
import { type CostructorHours, HoursBook } from './hours-book.ts'
import { makeSites } from './make-sites.ts'
import type { CostructorSite, SiteFault } from './site.ts'

export interface CostructorServerOptions {
  /** How many sites there are; 1,000 if absent. */
  sites?: number
  /** Every how many-th site is faulty; 0, the default: none. */
  brokenEvery?: number
  /** The key that callers must show as `Authorization: Bearer …`. */
  apiKey?: string
  /** Every how many-th authorised request is answered 429; 0, the default: none. */
  rateLimitEvery?: number
  /** Seconds that a 429 asks for in `Retry-After`; 1 if absent. */
  retryAfter?: number
  /** Milliseconds before each answer. */
  latencyMs?: number
  /** 0, the default: any free one. */
  port?: number
}

export interface CostructorServer {
  url: string
  port: number
  apiKey: string
  /** The live rows: a test may change them, as people do in the ERP meanwhile. */
  sites: CostructorSite[]
  broken: { id: string; fault: SiteFault }[]
  /** Ids of sound rows whose name starts with TEST. */
  trials: string[]
  /** The hours posted so far. */
  readonly hours: CostructorHours[]
  counters: Counters
  close(): Promise<void>
}

/** Starts an ERP of Costructor's shape on 127.0.0.1, with a data set that depends on the options alone. */
export async function createCostructorServer(options: CostructorServerOptions = {}): Promise<CostructorServer> {
  const { apiKey = 'costructor-demo-key', latencyMs = 0, rateLimitEvery = 0, retryAfter = 1 } = options
  const set = makeSites(options.sites ?? 1000, options.brokenEvery ?? 0)
  const book = new HoursBook()
  const counters = { requests: 0, unauthorized: 0, limited: 0, sitePages: 0, hoursPosted: 0 }
  const answer = createApi(set.sites, book, counters, { apiKey, rateLimitEvery, retryAfter, latencyMs })
  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => send(response, reply),
      () => response.destroy(),
    )
  })
  const port = await listen(server, options.port ?? 0)
  return {
    ...set,
    url: `http://127.0.0.1:${port}`,
    port,
    apiKey,
    get hours() {
      return book.lines
    },
    counters,
    close: () => close(server),
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end()
    return
  }
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
}
