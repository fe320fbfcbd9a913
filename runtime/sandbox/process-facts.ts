import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What the operating system says of a process. */
export interface ProcessFacts {
  /** Whether it wants to run; false while it sleeps. A process that is starved by others still wants to. */
  runnable: boolean
  /** Milliseconds of CPU since its start, in steps of 10. */
  cpuMs: number
  residentBytes: number
}

/** What user space sees of a clock tick: a hundredth of a second on every architecture of Linux that Node runs on. */
const TICK_MS = 10

let knownPageBytes: number | undefined

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
    residentBytes: Number(fields[21]) * pageBytes(),
  }
}

function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
}

/** 4 KiB on most machines, up to 64 KiB on some: asked once. */
function pageBytes(): number {
  knownPageBytes ??= Number(spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).stdout) || 4_096
  return knownPageBytes
}
