import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Kernel-side limits on memory and tasks of each child: cgroups(7), of version 2 or 1, where this process may write them. */
export interface ControlGroups {
  /** Puts a fresh process into the group of its slot. Throws when the kernel refuses. */
  add(slot: number, pid: number): void
  /** Whether the kernel killed something in the slot's group for want of memory. */
  ranOutOfMemory(slot: number): boolean
  /** To be called when the slot's process is gone. */
  remove(slot: number): void
}

export interface GroupLimits {
  memoryBytes: number
  /** Threads included: Node itself has about a dozen. */
  tasks: number
}

/** A hierarchy that takes part: one in version 2, one a controller in version 1. */
interface Hierarchy {
  folder: string
  limits: readonly (readonly [file: string, value: string])[]
  /** The file that counts kills by the kernel, if it is this hierarchy's. */
  kills?: string
}

const MOUNT = '/sys/fs/cgroup'
const PREFIX = 'annex-'

/** `undefined`, with the reason, when this process may not make groups or limit them. */
export function openControlGroups(limits: GroupLimits): { groups: ControlGroups } | { problem: string } {
  try {
    const hierarchies = isVersion2() ? [versionTwo(limits)] : versionOne(limits)
    for (const { folder } of hierarchies) removeStale(join(folder, '..'))
    const groups = groupsIn(hierarchies)
    groups.make('probe')
    groups.drop('probe')
    return { groups }
  } catch (error) {
    return {
      problem: `cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : 'not found'})`,
    }
  }
}

function groupsIn(hierarchies: readonly Hierarchy[]) {
  const folders = (name: string) =>
    hierarchies.map((hierarchy) => ({ ...hierarchy, path: join(hierarchy.folder, name) }))

  function make(name: string): void {
    for (const { path, limits } of folders(name)) {
      mkdirSync(path, { recursive: true })
      for (const [file, value] of limits) writeFileSync(join(path, file), value)
    }
  }

  function drop(name: string): void {
    for (const { path, folder } of folders(name)) {
      rmdirSync(path)
      if (isEmpty(folder)) rmdirSync(folder)
    }
  }

  return {
    make,
    drop,
    add(slot: number, pid: number): void {
      make(nameOf(slot))
      for (const { path } of folders(nameOf(slot))) writeFileSync(join(path, 'cgroup.procs'), String(pid))
    },
    ranOutOfMemory(slot: number): boolean {
      return folders(nameOf(slot)).some(({ path, kills }) => kills !== undefined && killsIn(join(path, kills)) > 0)
    },
    /** A group that the kernel still counts as busy stays; the next start sweeps it. */
    remove(slot: number): void {
      try {
        drop(nameOf(slot))
      } catch {}
    },
  }
}

function nameOf(slot: number): string {
  return `slot-${slot}`
}

function isVersion2(): boolean {
  return existsSync(join(MOUNT, 'cgroup.controllers'))
}

/** The controllers are handed down from our own group; with processes of its own in it the kernel refuses that. */
function versionTwo({ memoryBytes, tasks }: GroupLimits): Hierarchy {
  const own = join(MOUNT, pathIn(''))
  const folder = join(own, `${PREFIX}${process.pid}`)
  for (const parent of [own, folder]) {
    mkdirSync(parent, { recursive: true })
    writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory +pids')
  }
  const limits = [
    ['memory.max', String(memoryBytes)],
    ['pids.max', String(tasks)],
  ] as const
  return { folder, limits, kills: 'memory.events' }
}

function versionOne({ memoryBytes, tasks }: GroupLimits): Hierarchy[] {
  const folder = (controller: string) => join(MOUNT, controller, pathIn(controller), `${PREFIX}${process.pid}`)
  return [
    {
      folder: folder('memory'),
      limits: [['memory.limit_in_bytes', String(memoryBytes)]],
      kills: 'memory.oom_control',
    },
    { folder: folder('pids'), limits: [['pids.max', String(tasks)]] },
  ]
}

/** Our own group: lines of `<number>:<controllers>:<path>`, without controllers in version 2. */
function pathIn(controller: string): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n')
  const own = lines.map((line) => line.split(':')).find(([, names = '-']) => names.split(',').includes(controller))
  return own?.slice(2).join(':') ?? '/'
}

function killsIn(file: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
}

/** What a service that was killed left behind: its children died with it. */
function removeStale(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : Number.NaN
    if (!Number.isSafeInteger(pid) || existsSync(`/proc/${pid}`)) continue
    const stale = join(folder, name)
    const groups = readdirSync(stale, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    try {
      for (const group of groups) rmdirSync(join(stale, group.name))
      rmdirSync(stale)
    } catch {}
  }
}

function isEmpty(folder: string): boolean {
  return !readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isDirectory())
}
