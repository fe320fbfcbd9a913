import { readdirSync, readFileSync } from 'node:fs'

/** The sandbox's children of a service, which its launcher started. From /proc: the faults are Linux's. */
export function sandboxChildrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => read(child, 'cmdline').includes('guest.cjs') && parentOf(parentOf(child)) === pid)
}

function parentOf(pid: number): number {
  const stat = read(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Empty when the process is gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
