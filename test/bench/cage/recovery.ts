import { STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { timed } from '../in-turns.ts'
import { median, p99 } from '../quantile.ts'
import { type CagedGuest, callGuest, tryGuest, withSandbox } from './caged-guest.ts'
import { warmSpare } from './warm-spare.ts'

const ROUNDS = 16
const GOAL = { of: 'ours', atMost: 50 } as const

const SOURCE = `var annexExtension = { default: { kind: 'connector', streams: {}, actions: {
  calm: { async run() { return 'calm' } },
  loop: { async run() { for (;;) {} } },
  wait: { async run() { await new Promise((resolve) => setTimeout(resolve, 10_000)) } },
} } }`
const ORGANIZATION = { organizationId: 'org_bench' }

/** From the end of a run by force to the next good run of the same installation, with a spare at hand. */
export async function recovery(): Promise<BenchLine[]> {
  return withSandbox(async (sandbox) => {
    const reported: number[] = []
    const killed: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      reported.push(await afterLoop(sandbox))
      killed.push(await afterKill(sandbox))
    }
    const line = (name: string, times: number[]) =>
      benchLine(name, 'ms', median(times), { goal: GOAL, note: `p99 ${p99(times).toFixed(1)} ms` })
    return [
      line('recovery, from the report of a loop to a good run', reported),
      line('recovery, from SIGKILL to a good run', killed),
    ]
  })
}

async function afterLoop(sandbox: Sandbox): Promise<number> {
  await callGuest(sandbox, guest('calm'), [])
  await warmSpare(sandbox)
  const { ok } = await tryGuest(sandbox, { ...guest('loop'), limits: { ...STEP_LIMITS, sliceMs: 20 } }, [])
  if (ok) throw new Error('a loop ended well')
  return nextGoodRun(sandbox)
}

/** The run that is open when its process dies ends as a crash; then the next one begins. */
async function afterKill(sandbox: Sandbox): Promise<number> {
  await callGuest(sandbox, guest('calm'), [])
  await warmSpare(sandbox)
  const child = sandbox.status().children.find(({ organizationId }) => organizationId === ORGANIZATION.organizationId)
  if (!child) throw new Error('the organization has no child')
  const [ms = Number.NaN] = await timed(1, async () => {
    const open = tryGuest(sandbox, guest('wait'), [])
    process.kill(child.pid, 'SIGKILL')
    if ((await open).ok) throw new Error('a killed run ended well')
    await nextGoodRun(sandbox)
  })
  return ms
}

async function nextGoodRun(sandbox: Sandbox): Promise<number> {
  const [ms = Number.NaN] = await timed(1, () => callGuest(sandbox, guest('calm'), []))
  return ms
}

function guest(action: 'calm' | 'loop' | 'wait'): CagedGuest {
  return { ...ORGANIZATION, source: SOURCE, handler: ['actions', action, 'run'] }
}
