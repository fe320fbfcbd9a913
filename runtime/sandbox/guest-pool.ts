import { availableParallelism } from 'node:os'
import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { type GuestProcess, startGuestProcess } from './guest-process.ts'
import { CAGE_LIMITS } from './limits.ts'

/** What a child is bound to once code of an installation was in it. Never two organizations in one process. */
export interface Tenancy {
  organizationId: string
  installationId: string
  digest: string
}

/** A child in its slot. `release` gives a run's place back; calling it twice does nothing. */
export interface Seat {
  process: GuestProcess
  /** Whether the tenant's code was already loaded by an earlier run. */
  loaded: { promise?: Promise<string | undefined> }
  release(): void
}

export interface GuestPool {
  /** Resolves with a seat, or with `undefined` when none came free in time. */
  seat(tenancy: Tenancy, signal?: AbortSignal): Promise<Seat | undefined>
  children(): { pid: number; state: 'starting' | 'idle' | 'busy'; organizationId?: string }[]
  kills: Record<string, number>
  close(): Promise<void>
}

interface Slot {
  index: number
  process: GuestProcess
  ready: boolean
  tenancy?: Tenancy
  loaded: { promise?: Promise<string | undefined> }
  runs: number
  totalRuns: number
  lastUsed: number
}

interface Waiting {
  tenancy: Tenancy
  resolve(seat: Seat | undefined): void
}

export interface PoolOptions {
  maxChildren?: number
  /** Blank children kept ready, so that a first run or a kill costs no start. */
  spares?: number
}

export function createGuestPool(cage: Cage, folder: string, log: Log, options: PoolOptions = {}): GuestPool {
  const maxChildren = options.maxChildren ?? Math.max(4, availableParallelism() * 4)
  const spares = Math.min(options.spares ?? 1, maxChildren)
  const slots = new Map<number, Slot>()
  const queue: Waiting[] = []
  const kills: Record<string, number> = {}
  let closed = false
  let uses = 0
  keepSpares()
  return { seat, children, kills, close }

  function seat(tenancy: Tenancy, signal?: AbortSignal): Promise<Seat | undefined> {
    const slot = closed ? undefined : find(tenancy)
    if (slot) return Promise.resolve(take(slot, tenancy))
    if (closed || queue.length >= CAGE_LIMITS.queueLength) return Promise.resolve(undefined)
    return new Promise((resolve) => enqueue(tenancy, resolve, signal))
  }

  function enqueue(tenancy: Tenancy, resolve: (seat: Seat | undefined) => void, signal?: AbortSignal): void {
    const giveUp = () => settle(undefined)
    const timer = setTimeout(giveUp, CAGE_LIMITS.queueMs)
    const waiting: Waiting = { tenancy, resolve: settle }
    signal?.addEventListener('abort', giveUp, { once: true })
    queue.push(waiting)

    function settle(result: Seat | undefined): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      const at = queue.indexOf(waiting)
      if (at >= 0) queue.splice(at, 1)
      resolve(result)
    }
  }

  /** The tenant's own child, a blank one, a new one, or one whose tenant is idle: that one is replaced, never reused. */
  function find(tenancy: Tenancy): Slot | undefined {
    const all = [...slots.values()].filter(({ process }) => process.isAlive())
    const own = all.find((slot) => isFor(slot, tenancy) && slot.runs < CAGE_LIMITS.runsPerInstallation)
    if (own) return own
    if (all.some((slot) => isFor(slot, tenancy))) return undefined
    const blank = all.find((slot) => !slot.tenancy && slot.ready) ?? all.find((slot) => !slot.tenancy)
    if (blank) return blank
    if (slots.size < maxChildren) return spawn()
    const idle = all.filter((slot) => slot.runs === 0).sort((a, b) => a.lastUsed - b.lastUsed)[0]
    if (!idle) return undefined
    retire(idle)
    return spawn()
  }

  function take(slot: Slot, tenancy: Tenancy): Seat {
    slot.tenancy ??= tenancy
    slot.runs++
    slot.totalRuns++
    slot.lastUsed = ++uses
    keepSpares()
    let released = false
    const release = () => {
      if (released) return
      released = true
      slot.runs--
      if (slot.runs === 0 && slot.totalRuns >= CAGE_LIMITS.runsPerChild) retire(slot)
      serveQueue()
    }
    return { process: slot.process, loaded: slot.loaded, release }
  }

  function serveQueue(): void {
    for (const waiting of [...queue]) {
      const slot = closed ? undefined : find(waiting.tenancy)
      if (slot) waiting.resolve(take(slot, waiting.tenancy))
    }
  }

  function keepSpares(): void {
    const blank = [...slots.values()].filter((slot) => !slot.tenancy).length
    for (let missing = spares - blank; missing > 0 && slots.size < maxChildren && !closed; missing--) spawn()
  }

  function spawn(): Slot {
    let index = 0
    while (slots.has(index)) index++
    const slot: Slot = {
      index,
      process: startGuestProcess(cage, folder, index, log),
      ready: false,
      loaded: {},
      runs: 0,
      totalRuns: 0,
      lastUsed: 0,
    }
    slots.set(index, slot)
    slot.process.ready.then((ready) => {
      slot.ready = ready
    })
    slot.process.ended.then(({ reason }) => {
      kills[reason ?? 'died'] = (kills[reason ?? 'died'] ?? 0) + 1
      if (slots.get(slot.index) === slot) slots.delete(slot.index)
      if (closed) return
      // A child that cannot even start is not replaced in a loop: the next run tries again.
      if (slot.ready) keepSpares()
      serveQueue()
    })
    return slot
  }

  function retire(slot: Slot): void {
    slots.delete(slot.index)
    slot.process.kill('close')
  }

  function children(): { pid: number; state: 'starting' | 'idle' | 'busy'; organizationId?: string }[] {
    return [...slots.values()].map(({ process, ready, runs, tenancy }) => ({
      pid: process.pid,
      state: runs > 0 ? 'busy' : ready ? 'idle' : 'starting',
      ...(tenancy && { organizationId: tenancy.organizationId }),
    }))
  }

  async function close(): Promise<void> {
    closed = true
    for (const waiting of [...queue]) waiting.resolve(undefined)
    const ends = [...slots.values()].map(({ process }) => {
      process.kill('close')
      return process.ended
    })
    await Promise.all(ends)
  }
}

function isFor({ tenancy, process }: Slot, wanted: Tenancy): boolean {
  if (!tenancy || !process.isAlive()) return false
  return (
    tenancy.organizationId === wanted.organizationId &&
    tenancy.installationId === wanted.installationId &&
    tenancy.digest === wanted.digest
  )
}
