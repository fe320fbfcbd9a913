import { availableParallelism } from 'node:os'
import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { GuestProcess } from './guest-process.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { SandboxStatus } from './run.ts'

/** What a child is bound to once code of an installation was in it. Never two organizations in one process. */
export interface Tenancy {
  organizationId: string
  installationId: string
  digest: string
}

/** A place in a child. `release` gives it back; calling it twice does nothing. */
export interface Seat {
  process: GuestProcess
  /** Set by the first run that loads the tenant's code, for those that share the child. */
  loaded: { promise?: Promise<string | undefined> }
  release(): void
}

export interface PoolOptions {
  maxChildren?: number
  /** Blank children kept ready, so that a first run or a kill costs no start. */
  spares?: number
}

interface Slot {
  index: number
  process: GuestProcess
  ready: boolean
  tenancy?: Tenancy
  loaded: Seat['loaded']
  runs: number
  totalRuns: number
  lastUsed: number
}

interface Waiting {
  tenancy: Tenancy
  give(seat: Seat | undefined): void
}

/** The children of a sandbox: hands out places, keeps spares, replaces what died, and queues what must wait. */
export class GuestPool {
  readonly kills: Record<string, number> = {}
  readonly #cage: Cage
  readonly #folder: string
  readonly #log: Log
  readonly #maxChildren: number
  /** Children of one organization: never all of them, unless there is only one. */
  readonly #maxChildrenOfOne: number
  readonly #spares: number
  readonly #slots = new Map<number, Slot>()
  readonly #queue = new Set<Waiting>()
  #closed = false
  #uses = 0

  constructor(cage: Cage, folder: string, log: Log, options: PoolOptions = {}) {
    this.#cage = cage
    this.#folder = folder
    this.#log = log
    this.#maxChildren = options.maxChildren ?? Math.max(4, availableParallelism() * 4)
    this.#maxChildrenOfOne = Math.max(1, Math.ceil(this.#maxChildren / 2))
    this.#spares = Math.min(options.spares ?? 1, this.#maxChildren)
    this.#keepSpares()
  }

  /** A seat, or `undefined` when none came free in time. */
  seat(tenancy: Tenancy, signal?: AbortSignal): Promise<Seat | undefined> {
    const slot = this.#closed ? undefined : this.#find(tenancy)
    if (slot) return Promise.resolve(this.#take(slot, tenancy))
    if (this.#closed || this.#isQueueFull(tenancy)) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const giveUp = () => waiting.give(undefined)
      const timer = setTimeout(giveUp, CAGE_LIMITS.queueMs)
      const waiting: Waiting = {
        tenancy,
        give: (seat) => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', giveUp)
          this.#queue.delete(waiting)
          resolve(seat)
        },
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#queue.add(waiting)
    })
  }

  children(): SandboxStatus['children'] {
    return [...this.#slots.values()].map(({ process, ready, runs, tenancy }) => ({
      pid: process.pid,
      state: runs > 0 ? 'busy' : ready ? 'idle' : 'starting',
      ...(tenancy && { organizationId: tenancy.organizationId }),
    }))
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of [...this.#queue]) waiting.give(undefined)
    const ends = [...this.#slots.values()].map(({ process }) => {
      process.kill('close')
      return process.ended
    })
    await Promise.all(ends)
  }

  /** The tenant's own child, a blank one, a new one, or one whose tenant is idle: that one is replaced, never reused. */
  #find(tenancy: Tenancy): Slot | undefined {
    const alive = [...this.#slots.values()].filter(({ process }) => process.isAlive())
    const own = alive.find((slot) => isFor(slot, tenancy))
    if (own) return own.runs < CAGE_LIMITS.runsPerInstallation ? own : undefined
    if (this.#childrenOf(tenancy.organizationId) >= this.#maxChildrenOfOne) {
      const idle = leastUsed(alive.filter((slot) => slot.tenancy?.organizationId === tenancy.organizationId))
      if (!idle) return undefined
      this.#retire(idle)
    }
    const blank = alive.find((slot) => !slot.tenancy && slot.ready) ?? alive.find((slot) => !slot.tenancy)
    if (blank) return blank
    if (this.#slots.size < this.#maxChildren) return this.#spawn()
    const idle = leastUsed(alive)
    if (!idle) return undefined
    this.#retire(idle)
    return this.#spawn()
  }

  #take(slot: Slot, tenancy: Tenancy): Seat {
    slot.tenancy ??= tenancy
    slot.runs++
    slot.totalRuns++
    slot.lastUsed = ++this.#uses
    this.#keepSpares()
    let taken = true
    const release = () => {
      if (!taken) return
      taken = false
      slot.runs--
      if (slot.runs === 0 && slot.totalRuns >= CAGE_LIMITS.runsPerChild) this.#retire(slot)
      this.#serveQueue()
    }
    return { process: slot.process, loaded: slot.loaded, release }
  }

  #childrenOf(organizationId: string): number {
    return [...this.#slots.values()].filter(({ tenancy }) => tenancy?.organizationId === organizationId).length
  }

  #isQueueFull({ organizationId }: Tenancy): boolean {
    if (this.#queue.size >= CAGE_LIMITS.queueLength) return true
    const own = [...this.#queue].filter(({ tenancy }) => tenancy.organizationId === organizationId)
    return own.length >= CAGE_LIMITS.queueLengthOfOne
  }

  /** Who has the fewest children comes first; among equals, who waits longest. */
  #serveQueue(): void {
    const children = (waiting: Waiting) => this.#childrenOf(waiting.tenancy.organizationId)
    for (const waiting of [...this.#queue].sort((a, b) => children(a) - children(b))) {
      const slot = this.#closed ? undefined : this.#find(waiting.tenancy)
      if (slot) waiting.give(this.#take(slot, waiting.tenancy))
    }
  }

  #keepSpares(): void {
    const blank = [...this.#slots.values()].filter((slot) => !slot.tenancy).length
    for (let missing = this.#spares - blank; missing > 0; missing--) {
      if (this.#closed || this.#slots.size >= this.#maxChildren) return
      this.#spawn()
    }
  }

  #spawn(): Slot {
    let index = 0
    while (this.#slots.has(index)) index++
    const process = new GuestProcess(this.#cage, this.#folder, index, this.#log)
    const slot: Slot = { index, process, ready: false, loaded: {}, runs: 0, totalRuns: 0, lastUsed: 0 }
    this.#slots.set(index, slot)
    process.ready.then((ready) => {
      slot.ready = ready
    })
    process.ended.then(({ reason = 'died' }) => {
      this.kills[reason] = (this.kills[reason] ?? 0) + 1
      if (this.#slots.get(index) === slot) this.#slots.delete(index)
      if (this.#closed) return
      // A child that cannot even start is not replaced in a loop: the next run tries again.
      if (slot.ready) this.#keepSpares()
      this.#serveQueue()
    })
    return slot
  }

  #retire(slot: Slot): void {
    this.#slots.delete(slot.index)
    slot.process.kill('close')
  }
}

/** The slot without a run that was used longest ago. */
function leastUsed(slots: Slot[]): Slot | undefined {
  return slots.filter((slot) => slot.runs === 0).sort((a, b) => a.lastUsed - b.lastUsed)[0]
}

function isFor({ tenancy }: Slot, wanted: Tenancy): boolean {
  return (
    tenancy?.organizationId === wanted.organizationId &&
    tenancy.installationId === wanted.installationId &&
    tenancy.digest === wanted.digest
  )
}
