import type { Json } from '@annex/sdk/json'
import { makeSites } from '../../extensions-examples/costructor-erp/server/make-sites.ts'
import { createBenchRuntime } from './bench-runtime.ts'
import { extensionCode } from './extension-code.ts'
import { medianMs } from './median.ts'
import type { RawIsolate } from './raw-isolate.ts'
import { type BenchResult, result } from './result.ts'

const RECORDS = 1000
const FRAME = 100

/** A page of a sync is a frame: 1,000 real-looking records, 100 a call. */
export async function transformation(raw: RawIsolate): Promise<BenchResult> {
  const code = await extensionCode('site-cleaner')
  const records = makeSites(RECORDS, 0).sites.map((site): Json => ({ ...site }))
  const frames = Array.from({ length: RECORDS / FRAME }, (_, i) => records.slice(i * FRAME, (i + 1) * FRAME))
  const runtime = await createBenchRuntime(code)
  const ours = await medianMs(9, 2, async () => {
    for (const frame of frames) await runtime.invoke(['transform'], [frame])
  })
  await runtime.close()
  const theirs = await raw.measure({
    source: code.source,
    handler: 'annexExtension.default.transform',
    inputs: frames.map((frame) => JSON.stringify([frame])),
    rounds: 9,
    warmUp: 2,
  })
  const perSecond = (ms: number) => RECORDS / (ms / 1000)
  const against = 'isolated-vm, the same frames, --jitless'
  return result('transformation of 1,000 records', 'records/s', perSecond(ours), perSecond(theirs), against)
}
