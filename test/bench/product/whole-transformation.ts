import type { Json } from '@annex/sdk/json'
import { makeSites } from '../../../extensions-examples/costructor-erp/server/make-sites.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'
import { inTurns, timed } from '../in-turns.ts'
import type { RawIsolate } from '../peer/raw-isolate.ts'
import { median } from '../quantile.ts'
import { withBenchRuntime } from './bench-runtime.ts'

const RECORDS = 1000
/** As a sync cuts them, one frame after the other. */
const FRAME = 100
const ROUNDS = 9
const AGAINST = 'isolated-vm bare, the same frames, a context each'

/** 1,000 real-looking records as a sync sends them through a transformation, each frame with its durable row. */
export async function wholeTransformation(raw: RawIsolate): Promise<BenchLine[]> {
  const code = await extensionCode('site-cleaner')
  const records = makeSites(RECORDS, 0).sites.map((site): Json => ({ ...site }))
  const frames = Array.from({ length: RECORDS / FRAME }, (_, i) => records.slice(i * FRAME, (i + 1) * FRAME))
  const peer = await raw.load(code.source, 'transform')
  const inputs = frames.map((frame) => JSON.stringify([frame]))
  const { ours, theirs } = await withBenchRuntime(code, (invoke) => {
    const sendAll = async () => {
      for (const frame of frames) await invoke(['transform'], [frame])
    }
    return inTurns(
      () => timed(1, sendAll),
      () => peer.run(inputs, 1),
      ROUNDS,
    )
  })
  const perSecond = (times: number[]) => RECORDS / (median(times) / 1000)
  const peerValue = { value: perSecond(theirs), against: AGAINST }
  return [benchLine('transformation of 1000 as a sync does it', 'records/s', perSecond(ours), { peer: peerValue })]
}
