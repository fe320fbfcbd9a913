import { CAGE_LIMITS } from '../../runtime/sandbox/limits.ts'
import type { RunUsage, StepLimits } from '../../runtime/sandbox/run.ts'

/** What was used of one limit. */
export interface UsageRow {
  name: string
  used: number
  limit: number
  unit: 'ms' | 'MB' | ''
}

/** The use of each limit beside the limit, for one step. */
export function usageRows(usage: RunUsage, limits: StepLimits, logLines: number): UsageRow[] {
  return [
    { name: 'cpu', used: Math.ceil(usage.cpuMs), limit: limits.cpuMs, unit: 'ms' },
    { name: 'wall', used: Math.ceil(usage.wallMs), limit: limits.wallMs, unit: 'ms' },
    { name: 'host calls', used: usage.hostCalls, limit: limits.hostCalls, unit: '' },
    { name: 'fetches', used: usage.fetches ?? 0, limit: limits.fetches, unit: '' },
    { name: 'log lines', used: logLines, limit: limits.logLines, unit: '' },
    ...(usage.memoryBytes === undefined ? [] : [memoryRow(usage.memoryBytes)]),
  ]
}

/** `cpu 12/1000 ms, host calls 2/200`. */
export function showUsage(rows: readonly UsageRow[]): string {
  return rows.map(({ name, used, limit, unit }) => `${name} ${used}/${limit}${unit && ` ${unit}`}`).join(', ')
}

const MB = 1024 * 1024

/** What the step added to its process, as far as the sandbox looked: a short run may be over before. */
function memoryRow(bytes: number): UsageRow {
  return { name: 'memory', used: Math.ceil(bytes / MB), limit: CAGE_LIMITS.growthBytes / MB, unit: 'MB' }
}
