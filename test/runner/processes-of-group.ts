import { readdirSync, readFileSync } from 'node:fs'

/**
 * The living processes of a process group, from /proc; none where there is no /proc. Zombies don't count: in a container
 * without an init nobody collects them.
 */
export function processesOfGroup(group: number): number[] {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => belongs(pid, group))
}

function belongs(pid: number, group: number): boolean {
  const stat = readStat(pid)
  // `pid (name) state ppid pgrp …`; the name may hold spaces and brackets, so the fields are counted behind the last one.
  const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(processGroup) === group && state !== 'Z' && state !== 'X'
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}
