import { readFileSync } from 'node:fs'

/** `sysconf(_SC_CLK_TCK)`, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** CPU seconds of all our children that have ended, with all whose end they had waited for; 0 where there is no /proc. */
export function endedChildrenCpu(): number {
  let stat: string
  try {
    stat = readFileSync('/proc/self/stat', 'utf8')
  } catch {
    return 0
  }
  // Behind the name, which may hold spaces and brackets: `state ppid … utime stime cutime cstime …`.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}
