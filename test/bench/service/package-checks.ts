import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { p99, quantile } from '../quantile.ts'
import { withAnnex } from './annex-service.ts'
import { PATHOLOGICAL_PACKAGES } from './pathological-packages.ts'
import { upload } from './publish.ts'
import { healthDuring } from './watch-health.ts'

const IDLE_MS = 5_000
const LOADED_MS = 20_000
/** Built before anything is measured: packing takes longer than sending. */
const VERSIONS = ['1.0.1', '1.0.2', '1.0.3']

/** How long `/health` takes while packages that are hard to read are uploaded and checked over and over. */
export async function packageChecks(): Promise<BenchLine[]> {
  const packages = PATHOLOGICAL_PACKAGES.map(({ name, build }) => ({ name, bytes: VERSIONS.map((one) => build(one)) }))
  return withAnnex(async ({ url, register }) => {
    const idle = await healthDuring(url, () => sleep(IDLE_MS))
    const until = performance.now() + LOADED_MS
    let checks = 0
    const checkAll = async ({ name, bytes }: (typeof packages)[number]) => {
      for (let round = 0; performance.now() < until; round++) {
        // Somebody new each time: the same bytes of the same person would be the same submission.
        const author = await register(`${name}-${round}`)
        for (const one of bytes) {
          await upload(author, one)
          checks++
        }
      }
    }
    const loaded = await healthDuring(url, () => Promise.all(packages.map(checkAll)))
    return [
      benchLine('/health p99 while 5 pathological packages are checked', 'ms', p99(loaded), {
        peer: { value: p99(idle), against: 'the same service at rest' },
        goal: { of: 'ours', atMost: 50 },
        note: `median ${quantile(loaded, 0.5).toFixed(1)}, slowest ${Math.max(...loaded).toFixed(1)} ms; ${checks} checks`,
      }),
    ]
  })
}
