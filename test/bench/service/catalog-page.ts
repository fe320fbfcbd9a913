import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { median } from '../quantile.ts'
import { withAnnex } from './annex-service.ts'
import { load } from './load.ts'
import { startServer } from './started-server.ts'

const PAGE = '/api/marketplace/catalog?limit=20'
const SEED_MS = 30_000
const EXAMPLES = 3
const ROUNDS = 3
const SECONDS = 2

/** The first page of the catalog as anyone sees it, against a route that answers the same bytes from memory. */
export async function catalogPage(): Promise<BenchLine[]> {
  return withAnnex(
    async ({ url }) => {
      const input = JSON.stringify(await filledPage(url))
      const bare = await startServer(new URL('bare-server.ts', import.meta.url), /^(http:\S+)/m, { input })
      try {
        const ours: number[] = []
        const theirs: number[] = []
        for (let round = 0; round < ROUNDS; round++) {
          ours.push(await load(`${url}${PAGE}`, SECONDS))
          theirs.push(await load(bare.url, SECONDS))
        }
        const peer = { value: median(theirs), against: 'a bare fastify route with the same answer' }
        return [benchLine('catalog page', 'requests/s', median(ours), { peer })]
      } finally {
        await bare.stop()
      }
    },
    { ANNEX_SEED: 'on' },
  )
}

/** The page once the examples are in it. */
async function filledPage(url: string): Promise<unknown> {
  for (const deadline = performance.now() + SEED_MS; performance.now() < deadline; await sleep(100)) {
    const page = (await (await fetch(`${url}${PAGE}`)).json()) as { data?: unknown[] }
    if (page.data && page.data.length >= EXAMPLES) return page
  }
  throw new Error(`the catalog holds no ${EXAMPLES} extensions within ${SEED_MS} ms`)
}
