import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BenchResult, result } from './result.ts'
import { startServer } from './started-server.ts'

const PAGE = '/api/marketplace/catalog?limit=20'
const SEED_MS = 30_000
const EXAMPLES = 3

/** The first page of the catalog as anyone sees it, against a route that answers the same bytes from memory. */
export async function catalogPage(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const env = { ANNEX_DATA: folder, ANNEX_PORT: '0', ANNEX_LOG_LEVEL: 'error', ANNEX_STORE: 'sqlite' }
  const service = await startServer(new URL('../../marketplace/main.ts', import.meta.url), /^Annex\s+(http:\S+)/m, {
    env,
  })
  try {
    const input = JSON.stringify(await filledPage(service.url))
    const bare = await startServer(new URL('bare-server.ts', import.meta.url), /^(http:\S+)/m, { input })
    const ours = await requestsPerSecond(`${service.url}${PAGE}`)
    const theirs = await requestsPerSecond(bare.url)
    await bare.stop()
    return result('catalog page', 'requests/s', ours, theirs, 'a bare fastify route with the same answer')
  } finally {
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The page once the examples are in it. */
async function filledPage(url: string): Promise<unknown> {
  for (const deadline = performance.now() + SEED_MS; performance.now() < deadline; await sleep(100)) {
    const page = (await (await fetch(`${url}${PAGE}`)).json()) as { data?: unknown[] }
    if (page.data && page.data.length >= EXAMPLES) return page
  }
  throw new Error(`the catalog holds no ${EXAMPLES} extensions within ${SEED_MS} ms`)
}

/** Mean over 4 s with 10 connections, after a second that does not count. */
async function requestsPerSecond(url: string): Promise<number> {
  await load(url, 1)
  return load(url, 4)
}

/** autocannon in a process of its own: it has no types, and here it would take the time that it measures. */
async function load(url: string, seconds: number): Promise<number> {
  const program = fileURLToPath(import.meta.resolve('autocannon'))
  const args = [program, '--json', '--connections', '10', '--duration', String(seconds), url]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { requests, non2xx } = JSON.parse(stdout) as { requests: { average: number }; non2xx: number }
  if (non2xx > 0) throw new Error(`${url} answered ${non2xx} requests with something else than 200`)
  return requests.average
}
