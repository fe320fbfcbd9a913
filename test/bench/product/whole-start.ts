import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'
import { inTurns, timed } from '../in-turns.ts'
import { createRawIsolate } from '../peer/raw-isolate.ts'
import { median } from '../quantile.ts'
import { withBenchRuntime } from './bench-runtime.ts'

const ROUNDS = 5

/** From nothing to the first result: store, cage and child included. */
export async function wholeStart(): Promise<BenchLine[]> {
  const code = await extensionCode('hello')
  const args = [{ name: 'Ada' }]
  const { ours, theirs } = await inTurns(
    () => timed(1, () => withBenchRuntime(code, (invoke) => invoke(['actions', 'greet', 'run'], args))),
    () =>
      timed(1, async () => {
        const raw = await createRawIsolate()
        await (await raw.load(code.source, 'actions.greet.run')).run([JSON.stringify(args)], 1)
        await raw.close()
      }),
    ROUNDS,
    1,
  )
  const against = 'a new process with bare isolated-vm, its bundling included'
  const peer = { value: median(theirs), against }
  return [benchLine('start of the whole runtime to its first result, and its end', 'ms', median(ours), { peer })]
}
