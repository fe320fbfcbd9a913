import { readFileSync } from 'node:fs'

/** What the operating system says of a process. */
export interface ProcessFacts {
  /** Whether it wants to run; false while it sleeps. A process that is starved by others still wants to. */
  runnable: boolean
  /** Milliseconds of CPU since its start, in steps of 10. */
  cpuMs: number
  residentBytes: number
}

/** Linux: one clock tick and one page, as /proc counts them on every machine that the product runs on. */
const TICK_MS = 10
const PAGE_BYTES = 4_096

/** From /proc/<pid>/stat (proc(5)); `undefined` where there is no /proc, or no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = readStat(pid)
  if (stat === undefined) return undefined
  // The name in brackets may hold anything; what follows the last bracket are numbers but for the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  return {
    runnable: state === 'R' || state === 'D',
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  }
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
}
