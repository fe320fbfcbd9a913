import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Which layers hold for a process, as the kernel tells it (proc(5)): what a process says of itself is only its word.
 * A layer of which the machine tells nothing is left out.
 */
export function processLayers(pid: number): Record<string, boolean> {
  const status = read(`/proc/${pid}/status`)
  const limits = read(`/proc/${pid}/limits`)
  const group = read(`/proc/${pid}/cgroup`)
  const network = link(`/proc/${pid}/ns/net`)
  const stat = read(`/proc/${pid}/stat`)
  return {
    ...(status !== undefined && {
      'own-user': !/^Uid:\s+0\s/m.test(status) && /^CapEff:\s+0+$/m.test(status),
      'no-new-privileges': /^NoNewPrivs:\s+1$/m.test(status),
    }),
    ...(limits !== undefined && { 'resource-limits': !/^Max data size\s+unlimited/m.test(limits) }),
    ...(group !== undefined && { 'control-groups': group.includes('/annex-') }),
    ...(network !== undefined && { 'network-namespace': network !== link('/proc/self/ns/net') }),
    ...(stat !== undefined && { 'low-priority': niceness(stat) === 19 }),
  }
}

/** The 19th field; the second, a name in brackets, may hold anything. */
function niceness(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
