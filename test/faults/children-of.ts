import { readdirSync, readFileSync } from 'node:fs'

/** The sandbox's children of a service that run `program`, which its launcher started. From /proc: this is Linux's. */
export function sandboxChildrenOf(pid: number, program = 'guest.cjs'): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => read(child, 'cmdline').includes(program) && parentOf(parentOf(child)) === pid)
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
