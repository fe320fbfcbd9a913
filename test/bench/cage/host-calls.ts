import { STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { inTurns, timed } from '../in-turns.ts'
import type { RawIsolate } from '../peer/raw-isolate.ts'
import { median } from '../quantile.ts'
import { callGuest, withSandbox } from './caged-guest.ts'

const CALLS = 4_000
const ROUNDS = 7
const AGAINST = 'isolated-vm bare, the same bridge without a process between'

/** `width` calls are always under way until all are made. */
const SOURCE = `var annexExtension = { default: { kind: 'connector', streams: {}, actions: { call: { async run(ctx, { calls, width }) {
  let left = calls
  const lane = async () => { while (left-- > 0) await ctx.kv.get('k') }
  await Promise.all(Array.from({ length: width }, lane))
  return { calls }
} } } } }`

/** Host calls of one run: one after the other, and 16 at a time. */
export async function hostCalls(raw: RawIsolate): Promise<BenchLine[]> {
  return [
    await measure(raw, 'host calls one after the other', 1, 8_000),
    await measure(raw, 'host calls 16 at a time', 16, 60_000),
  ]
}

async function measure(raw: RawIsolate, name: string, width: number, goal: number): Promise<BenchLine> {
  const argument = { calls: CALLS, width }
  const limits = { ...STEP_LIMITS, cpuMs: 60_000, wallMs: 60_000, hostCalls: CALLS + width }
  const guest = { source: SOURCE, handler: ['actions', 'call', 'run'], limits }
  const peer = await raw.load(SOURCE, 'actions.call.run')
  const { ours, theirs } = await withSandbox((sandbox) =>
    inTurns(
      () => timed(1, () => callGuest(sandbox, guest, [argument])),
      () => peer.run([JSON.stringify([argument])], 1),
      ROUNDS,
    ),
  )
  const perSecond = (times: number[]) => CALLS / (median(times) / 1000)
  return benchLine(name, 'calls/s', perSecond(ours), {
    peer: { value: perSecond(theirs), against: AGAINST },
    goal: { of: 'ours', atLeast: goal },
  })
}
