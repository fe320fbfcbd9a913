import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'
import { callGuest, withSandbox } from './caged-guest.ts'
import { warmSpare } from './warm-spare.ts'

const COUNTS = [10, 100, 500]
const GOAL_MB = 1.8
/** Until what was let go is let go. */
const REST_MS = 500

interface Memory {
  /** Shared pages count for each process by its part (proc(5), smaps_rollup). */
  proportionalMb: number
  residentMb: number
}

/** What an idle installation of an organization costs: all children, less those of a sandbox that nobody uses yet. */
export async function idleMemory(): Promise<BenchLine[]> {
  const { source } = await extensionCode('hello')
  const lines: BenchLine[] = []
  for (const count of COUNTS) lines.push(await withSandbox((sandbox) => measure(sandbox, source, count)))
  return lines
}

/** An installation that had to make room is not warm and does not count. */
async function measure(sandbox: Sandbox, source: string, count: number): Promise<BenchLine> {
  await warmSpare(sandbox)
  await sleep(REST_MS)
  const before = memoryOf(sandbox)
  await install(sandbox, source, count)
  await warmSpare(sandbox)
  await sleep(REST_MS)
  const after = memoryOf(sandbox)
  const children = sandbox.status().children
  const warm = children.reduce((sum, { installations }) => sum + installations, 0)
  const each = (after.proportionalMb - before.proportionalMb) / warm
  const resident = ((after.residentMb - before.residentMb) / warm).toFixed(2)
  return benchLine(`memory of an idle installation, ${count}`, 'MB', each, {
    goal: { of: 'ours', atMost: GOAL_MB },
    note: `${warm} of ${count} warm in ${children.length - 1} children; by resident size ${resident} MB each`,
  })
}

/** As many at a time as the children that they need, so that they spread over them. */
async function install(sandbox: Sandbox, source: string, count: number): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) {
      const guest = { source, handler: ['actions', 'greet', 'run'], installationId: `ins_${next++}` }
      await callGuest(sandbox, guest, [{ name: 'Ada' }])
    }
  }
  const lanes = Math.ceil(count / CAGE_LIMITS.installationsPerChild)
  await Promise.all(Array.from({ length: lanes }, lane))
}

function memoryOf(sandbox: Sandbox): Memory {
  const total: Memory = { proportionalMb: 0, residentMb: 0 }
  for (const { pid } of sandbox.status().children) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    total.proportionalMb += megabytes(text, 'Pss')
    total.residentMb += megabytes(text, 'Rss')
  }
  return total
}

function megabytes(text: string, field: 'Pss' | 'Rss'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  if (kilobytes === undefined) throw new Error(`there is no ${field} in smaps_rollup`)
  return Number(kilobytes) / 1024
}
