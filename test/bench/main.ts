/** `npm run bench`: one JSON line for each measurement. Compare ratios, not values: machines differ. */
import { catalogPage } from './catalog-page.ts'
import { coldStart } from './cold-start.ts'
import { createRawIsolate, type RawIsolate } from './raw-isolate.ts'
import type { BenchResult } from './result.ts'
import { transformation } from './transformation.ts'
import { warmInvocation } from './warm-invocation.ts'

const BENCHES: readonly ((raw: RawIsolate) => Promise<BenchResult>)[] = [
  warmInvocation,
  coldStart,
  transformation,
  catalogPage,
]

const raw = await createRawIsolate()
try {
  for (const bench of BENCHES) console.log(JSON.stringify(await bench(raw)))
} finally {
  raw.close()
}
