import { createBenchRuntime } from './bench-runtime.ts'
import { extensionCode } from './extension-code.ts'
import { medianMs } from './median.ts'
import type { RawIsolate } from './raw-isolate.ts'
import { type BenchResult, result } from './result.ts'

/** One call of a small handler when everything is warm: what a person feels when pressing a button. */
export async function warmInvocation(raw: RawIsolate): Promise<BenchResult> {
  const code = await extensionCode('hello')
  const args = [{ name: 'Ada' }]
  const runtime = await createBenchRuntime(code)
  const ours = await medianMs(500, 50, () => runtime.invoke(['actions', 'greet', 'run'], args))
  await runtime.close()
  const theirs = await raw.measure({
    source: code.source,
    handler: 'annexExtension.default.actions.greet.run',
    inputs: [JSON.stringify(args)],
    rounds: 500,
    warmUp: 50,
  })
  return result('warm invocation', 'ms', ours, theirs, 'isolated-vm, fresh context, --jitless')
}
