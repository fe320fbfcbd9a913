import type { Json } from '@annex/sdk/json'
import { makeSites } from '../../../extensions-examples/costructor-erp/server/make-sites.ts'
import { BACKGROUND_STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'
import { inTurns, timed } from '../in-turns.ts'
import type { RawIsolate } from '../peer/raw-isolate.ts'
import { median } from '../quantile.ts'
import { callGuest, withSandbox } from './caged-guest.ts'

const FRAME = 100
const AT_ONCE = 3
const AGAINST = 'isolated-vm bare, the same frames, a context each'

interface Batch {
  records: number
  /** Frames under way at a time. */
  atOnce: number
  rounds: number
  goal?: { of: 'ratio'; atLeast: number }
}

const BATCHES: readonly Batch[] = [
  { records: 1, atOnce: 1, rounds: 200 },
  { records: 10, atOnce: 1, rounds: 100 },
  { records: 100, atOnce: 1, rounds: 40 },
  { records: 1_000, atOnce: 1, rounds: 12 },
  { records: 1_000, atOnce: AT_ONCE, rounds: 12, goal: { of: 'ratio', atLeast: 0.85 } },
]

/** Real-looking records through a real transformation, in frames of at most 100. */
export async function batches(raw: RawIsolate): Promise<BenchLine[]> {
  const { source } = await extensionCode('site-cleaner')
  const lines: BenchLine[] = []
  for (const batch of BATCHES) lines.push(await measure(raw, source, batch))
  return lines
}

async function measure(raw: RawIsolate, source: string, { records, atOnce, rounds, goal }: Batch): Promise<BenchLine> {
  const sites = makeSites(records, 0).sites.map((site): Json => ({ ...site }))
  const frames = Array.from({ length: Math.ceil(records / FRAME) }, (_, i) => sites.slice(i * FRAME, (i + 1) * FRAME))
  const guest = { source, handler: ['transform'], limits: BACKGROUND_STEP_LIMITS }
  const peer = await raw.load(source, 'transform')
  const inputs = frames.map((frame) => JSON.stringify([frame]))
  const { ours, theirs } = await withSandbox((sandbox) =>
    inTurns(
      () => timed(1, () => inLanes(frames, atOnce, (frame) => callGuest(sandbox, guest, [frame]))),
      () => peer.run(inputs, 1),
      rounds,
      5,
    ),
  )
  const perSecond = (times: number[]) => records / (median(times) / 1000)
  const inFlight = records > FRAME ? `, ${atOnce} frames at a time` : ''
  return benchLine(`transformation of ${records}${inFlight}`, 'records/s', perSecond(ours), {
    peer: { value: perSecond(theirs), against: AGAINST },
    ...(goal && { goal }),
  })
}

async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items]
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
