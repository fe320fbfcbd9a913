import { createBenchRuntime } from './bench-runtime.ts'
import { extensionCode } from './extension-code.ts'
import { medianMs } from './median.ts'
import type { RawIsolate } from './raw-isolate.ts'
import { type BenchResult, result } from './result.ts'

/** From nothing to the first result: store, cage and child included. */
export async function coldStart(raw: RawIsolate): Promise<BenchResult> {
  const code = await extensionCode('hello')
  const args = [{ name: 'Ada' }]
  const ours = await medianMs(7, 1, async () => {
    const runtime = await createBenchRuntime(code)
    await runtime.invoke(['actions', 'greet', 'run'], args)
    await runtime.close()
  })
  const handler = 'annexExtension.default.actions.greet.run'
  const task = { source: code.source, handler, inputs: [JSON.stringify(args)], rounds: 1, warmUp: 0 }
  const theirs = await medianMs(7, 1, () => raw.measure(task))
  return result('cold start to first result', 'ms', ours, theirs, 'a Node process with isolated-vm, --jitless')
}
