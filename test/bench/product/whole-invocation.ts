import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'
import { inTurns, timed } from '../in-turns.ts'
import type { RawIsolate } from '../peer/raw-isolate.ts'
import { median } from '../quantile.ts'
import { withBenchRuntime } from './bench-runtime.ts'

const ROUNDS = 12
const CALLS = 25
const AGAINST = 'isolated-vm bare, a context each'

/** A small handler through everything that a call of the product goes through, its durable row included. */
export async function wholeInvocation(raw: RawIsolate): Promise<BenchLine[]> {
  const code = await extensionCode('hello')
  const args = [{ name: 'Ada' }]
  const peer = await raw.load(code.source, 'actions.greet.run')
  const { ours, theirs } = await withBenchRuntime(code, (invoke) =>
    inTurns(
      () => timed(CALLS, () => invoke(['actions', 'greet', 'run'], args)),
      () => peer.run([JSON.stringify(args)], CALLS),
      ROUNDS,
    ),
  )
  const peerValue = { value: median(theirs), against: AGAINST }
  return [benchLine('warm invocation of the product, with its row', 'ms', median(ours), { peer: peerValue })]
}
