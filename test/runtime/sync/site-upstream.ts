import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeSites } from '../../../extensions-examples/costructor-erp/server/make-sites.ts'

export interface SiteUpstream {
  port: number
  /** Pages that were asked for, answers held back included. */
  readonly asked: number
  /** Called before each page is answered, with its number from 0. */
  onPage: (page: number) => Promise<void> | void
  close(): Promise<void>
}

/**
 * Costructor's list of sites and nothing else, its pages written beforehand: it costs the machine that it shares with
 * what is measured next to nothing. The cursor is the number of the page.
 */
export async function createSiteUpstream(options: {
  sites: number
  pageSize: number
  brokenEvery: number
}): Promise<SiteUpstream> {
  const pages = writePages(options)
  const server = createServer((request, response) => {
    const cursor = new URL(request.url ?? '/', 'http://upstream.invalid').searchParams.get('cursor')
    answer(Number(cursor ?? 0), response).catch(() => response.destroy())
  })

  async function answer(page: number, response: ServerResponse): Promise<void> {
    upstream.asked++
    await upstream.onPage(page)
    const body = pages[page]
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(body)
  }

  const upstream: SiteUpstream & { asked: number } = {
    port: await listen(server),
    asked: 0,
    onPage: () => {},
    close: () => close(server),
  }
  return upstream
}

function writePages({ sites, pageSize, brokenEvery }: Parameters<typeof createSiteUpstream>[0]): Buffer[] {
  const all = makeSites(sites, brokenEvery).sites
  const count = Math.ceil(all.length / pageSize)
  return Array.from({ length: count }, (_, page) => {
    const items = all.slice(page * pageSize, (page + 1) * pageSize)
    return Buffer.from(JSON.stringify(page + 1 < count ? { items, nextCursor: String(page + 1) } : { items }))
  })
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
