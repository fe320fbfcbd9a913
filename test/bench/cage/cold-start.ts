import { type BenchLine, benchLine } from '../bench-line.ts'
import { generatedBundle } from '../bundles/generated-bundle.ts'
import { timed } from '../in-turns.ts'
import type { RawIsolate } from '../peer/raw-isolate.ts'
import { median } from '../quantile.ts'
import { callGuest, withSandbox } from './caged-guest.ts'
import { endBoundChildren, warmSpare } from './warm-spare.ts'

const ROUNDS = 16
const AGAINST = 'isolated-vm bare: isolate, code from the cache, context, run'
const ARGUMENT = { name: 'Ada' }

/** The first run of an installation: code that the sandbox has compiled before, and code that is new to it. */
export async function coldStart(raw: RawIsolate): Promise<BenchLine[]> {
  return [
    ...(await measure(raw, '50 KB', generatedBundle(50_000), 1.5)),
    ...(await measure(raw, '500 KB', generatedBundle(500_000), 6)),
  ]
}

async function measure(raw: RawIsolate, size: string, source: string, goalMs: number): Promise<BenchLine[]> {
  const handler = ['actions', 'greet', 'run']
  const peer = await raw.load(source, handler.join('.'))
  const spare: number[] = []
  const neighbour: number[] = []
  const theirs: number[] = []
  const first: number[] = []
  await withSandbox(async (sandbox) => {
    const start = async (code: string, installationId: string) => {
      await warmSpare(sandbox)
      const guest = { source: code, handler, installationId }
      const [ms = Number.NaN] = await timed(1, () => callGuest(sandbox, guest, [ARGUMENT]))
      return ms
    }
    await start(source, 'ins_first')
    for (let round = 0; round < ROUNDS; round++) {
      await endBoundChildren(sandbox)
      theirs.push(...(await peer.start(JSON.stringify([ARGUMENT]), 1)))
      spare.push(await start(source, 'ins_a'))
      neighbour.push(await start(source, 'ins_b'))
      await endBoundChildren(sandbox)
      first.push(await start(`${source}// ${round}`, 'ins_a'))
    }
  })
  const facts = {
    peer: { value: median(theirs), against: AGAINST },
    goal: { of: 'ours', atMost: goalMs },
  } as const
  return [
    benchLine(`cold start, ${size}, known code, blank child`, 'ms', median(spare), facts),
    benchLine(`cold start, ${size}, known code, child of its organization`, 'ms', median(neighbour), facts),
    benchLine(`cold start, ${size}, code never seen`, 'ms', median(first)),
  ]
}
