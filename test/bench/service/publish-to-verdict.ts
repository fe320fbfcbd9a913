import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, textAt } from '../../faults/client.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { median } from '../quantile.ts'
import { withAnnex } from './annex-service.ts'
import { largePackage } from './large-package.ts'

const ROUNDS = 9
const WITHIN_MS = 60_000
const EVERY_MS = 20

/** How long an author waits: from the first byte sent until the check has its verdict. */
export async function publishToVerdict(): Promise<BenchLine[]> {
  // Packed before anything is measured. The first one warms up.
  const packages = Array.from({ length: ROUNDS + 1 }, (_, at) => largePackage(`1.0.${at}`))
  return withAnnex(async ({ register }) => {
    const author = await register('author')
    await author.expect('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
    const times: number[] = []
    for (const bytes of packages) times.push(await verdictTime(author, bytes))
    const [first = 0, ...rest] = times
    const note = `fastest ${Math.min(...rest).toFixed(0)}, slowest ${Math.max(...rest).toFixed(0)}, the first ${first.toFixed(0)} ms`
    return [benchLine('publish to verdict of 200 KB', 'ms', median(rest), { note })]
  })
}

async function verdictTime(author: Client, bytes: Uint8Array): Promise<number> {
  const began = performance.now()
  const id = textAt(await author.expect('POST', '/api/marketplace/extensions', bytes, [202]), 'id')
  for (;;) {
    const state = textAt(await author.expect('GET', `/api/marketplace/submissions/${id}`), 'reviewStatus')
    if (state === 'in_review') return performance.now() - began
    if (state === 'validation_failed') throw new Error(`${id} failed its check`)
    if (performance.now() - began > WITHIN_MS) throw new Error(`${id} has no verdict within ${WITHIN_MS} ms`)
    await sleep(EVERY_MS)
  }
}
