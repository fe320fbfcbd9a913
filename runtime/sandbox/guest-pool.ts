import { availableParallelism } from 'node:os'
import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { GuestSlot, type Tenancy, type Unit } from './guest-slot.ts'
import { CAGE_LIMITS } from './limits.ts'
import type { SandboxStatus } from './run.ts'

/** A place in a child. `release` gives it back; calling it twice does nothing. */
export interface Seat {
  slot: GuestSlot
  unit: Unit
  release(): void
}

export interface PoolOptions {
  /** Children that are bound to an organization. */
  maxChildren?: number
  /** Blank children kept ready, so that a first run or a kill costs no start. */
  spares?: number
}

interface Waiting {
  tenancy: Tenancy
  give(seat: Seat | undefined): void
}

/** The children of a sandbox: hands out places, keeps spares, replaces what died or grew, and queues what must wait. */
export class GuestPool {
  readonly kills: Record<string, number> = {}
  readonly #cage: Cage
  readonly #folder: string
  readonly #log: Log
  readonly #maxChildren: number
  /** Children of one organization: never all of them, unless there is only one. */
  readonly #maxChildrenOfOne: number
  readonly #spares: number
  readonly #slots = new Map<number, GuestSlot>()
  /** Slots whose child is given up and not gone yet: its user and its control group are still in use. */
  readonly #dying = new Set<number>()
  readonly #queue = new Set<Waiting>()
  readonly #heartbeat: NodeJS.Timeout
  #closed = false
  #uses = 0

  constructor(cage: Cage, folder: string, log: Log, options: PoolOptions = {}) {
    this.#cage = cage
    this.#folder = folder
    this.#log = log
    this.#maxChildren = options.maxChildren ?? Math.max(4, availableParallelism() * 4)
    this.#maxChildrenOfOne = Math.max(1, Math.ceil(this.#maxChildren / 2))
    this.#spares = options.spares ?? 1
    this.#heartbeat = setInterval(() => this.#lookAfter(), CAGE_LIMITS.heartbeatMs).unref()
    this.#keepSpares()
  }

  /** A seat; `full` when too many wait already, `undefined` when none came free in time. */
  seat(tenancy: Tenancy, signal?: AbortSignal): Promise<Seat | 'full' | undefined> {
    const slot = this.#closed ? undefined : this.#find(tenancy)
    if (slot) return Promise.resolve(this.#take(slot, tenancy))
    if (this.#closed) return Promise.resolve(undefined)
    if (this.#isQueueFull(tenancy)) return Promise.resolve('full')
    return new Promise((resolve) => {
      const giveUp = () => waiting.give(undefined)
      const timer = setTimeout(giveUp, CAGE_LIMITS.queueMs)
      const patience = setTimeout(() => this.#makeRoom(), CAGE_LIMITS.patienceMs)
      const waiting: Waiting = {
        tenancy,
        give: (seat) => {
          clearTimeout(timer)
          clearTimeout(patience)
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
    return [...this.#slots.values()].map(({ process, ready, runs, organizationId, installations }) => ({
      pid: process.pid,
      state: runs > 0 ? 'busy' : ready ? 'idle' : 'starting',
      installations,
      ...(organizationId !== undefined && { organizationId }),
    }))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#heartbeat)
    for (const waiting of [...this.#queue]) waiting.give(undefined)
    const ends = [...this.#slots.values()].map(({ process }) => {
      process.kill('close')
      return process.ended
    })
    await Promise.all(ends)
  }

  /**
   * The best place first: where the code is and nobody else of the organization is at work, an idle child of the
   * organization, a child more, one that is shared with others at work. Never a child of another organization.
   */
  #find(tenancy: Tenancy): GuestSlot | undefined {
    const alive = [...this.#slots.values()].filter(({ process }) => process.isAlive())
    const all = [...this.#slots.values()].filter(({ organizationId }) => organizationId === tenancy.organizationId)
    const own = alive.filter((slot) => slot.organizationId === tenancy.organizationId && slot.isOpen())
    const holding = own.filter((slot) => slot.unitOf(tenancy))
    const runs = all.reduce((sum, slot) => sum + slot.runsOf(tenancy), 0)
    if (runs >= CAGE_LIMITS.runsPerInstallation) return undefined
    const undisturbed = leastBusy(holding.filter((slot) => slot.runs === slot.runsOf(tenancy)))
    if (undisturbed) return undisturbed
    const roomy = own.filter((slot) => slot.hasRoom())
    const idle = roomy.find((slot) => slot.runs === 0)
    if (idle) return idle
    if (all.length < this.#maxChildrenOfOne) {
      const more = this.#another(alive)
      if (more) return more
    }
    return leastBusy(holding) ?? leastBusy(roomy) ?? leastBusy(own.filter((slot) => slot.canMakeRoom()))
  }

  /** A blank child, a new one, or one in the place of another organization's that is idle: it is replaced, never reused. */
  #another(alive: GuestSlot[]): GuestSlot | undefined {
    const bound = [...this.#slots.values()].filter(({ organizationId }) => organizationId !== undefined)
    if (bound.length >= this.#maxChildren) {
      const [idle] = bound.filter(({ runs }) => runs === 0).sort((a, b) => a.lastUsed - b.lastUsed)
      if (!idle) return undefined
      this.#retire(idle)
    }
    const blanks = alive.filter(({ organizationId }) => organizationId === undefined)
    return blanks.find(({ ready }) => ready) ?? blanks[0] ?? this.#spawn()
  }

  #take(slot: GuestSlot, tenancy: Tenancy): Seat {
    const wasBlank = slot.organizationId === undefined
    const unit = slot.enter(tenancy, ++this.#uses)
    // Starting a process holds this one up for milliseconds: first the run that waits, then the next spare.
    if (wasBlank) setTimeout(() => this.#keepSpares(), CAGE_LIMITS.spareDelayMs).unref()
    let taken = true
    const release = () => {
      if (!taken) return
      taken = false
      slot.leave(unit)
      if (slot.runs === 0 && !slot.isOpen()) this.#retire(slot)
      this.#serveQueue()
    }
    return { slot, unit, release }
  }

  /**
   * Whoever always has a run under way would keep its children for ever: one is emptied for each organization that has
   * none and waits. Those with the most children give first.
   */
  #makeRoom(): void {
    const waiting = [...this.#queue].map(({ tenancy }) => tenancy.organizationId)
    const without = new Set(waiting.filter((organizationId) => this.#childrenOf(organizationId) === 0))
    const bound = [...this.#slots.values()].filter(({ organizationId }) => organizationId !== undefined)
    const open = bound.filter((slot) => slot.isOpen())
    open.sort((a, b) => this.#childrenOf(b.organizationId) - this.#childrenOf(a.organizationId) || a.runs - b.runs)
    const leaving = bound.length - open.length
    for (const slot of open.slice(0, Math.max(0, without.size - leaving))) slot.leaving = true
  }

  #childrenOf(organizationId: string | undefined): number {
    return [...this.#slots.values()].filter((slot) => slot.organizationId === organizationId).length
  }

  #isQueueFull({ organizationId }: Tenancy): boolean {
    if (this.#queue.size >= CAGE_LIMITS.queueLength) return true
    const own = [...this.#queue].filter(({ tenancy }) => tenancy.organizationId === organizationId)
    return own.length >= CAGE_LIMITS.queueLengthOfOne
  }

  /** Who has the fewest children comes first; among equals, who waits longest. */
  #serveQueue(): void {
    if (this.#queue.size === 0) return
    const children = (waiting: Waiting) => this.#childrenOf(waiting.tenancy.organizationId)
    for (const waiting of [...this.#queue].sort((a, b) => children(a) - children(b))) {
      const slot = this.#closed ? undefined : this.#find(waiting.tenancy)
      if (slot) waiting.give(this.#take(slot, waiting.tenancy))
    }
  }

  /** Over and above the children that are bound. */
  #keepSpares(): void {
    const blank = [...this.#slots.values()].filter((slot) => slot.organizationId === undefined).length
    for (let missing = this.#spares - blank; missing > 0 && !this.#closed; missing--) this.#spawn()
  }

  /** Children that have grown large are replaced, and so are those that stopped answering though nobody asks them anything. */
  #lookAfter(): void {
    for (const slot of this.#slots.values()) {
      if (!slot.ready || !slot.process.isAlive()) continue
      slot.noteSize()
      if (slot.runs > 0 || !slot.process.isIdle()) continue
      if (!slot.isOpen()) {
        this.#retire(slot)
        continue
      }
      slot.process.rest()
      void slot.process.ask({ t: 'ping' }, '', CAGE_LIMITS.pingMs)
    }
    this.#keepSpares()
  }

  #spawn(): GuestSlot {
    let index = 0
    while (this.#slots.has(index) || this.#dying.has(index)) index++
    const slot = new GuestSlot(this.#cage, this.#folder, index, this.#log)
    this.#slots.set(index, slot)
    slot.process.ended.then(({ reason = 'died' }) => {
      this.kills[reason] = (this.kills[reason] ?? 0) + 1
      if (this.#slots.get(index) === slot) this.#slots.delete(index)
      this.#dying.delete(index)
      if (this.#closed) return
      // A child that cannot even start is not replaced in a loop: the next run tries again.
      if (slot.ready) this.#keepSpares()
      this.#serveQueue()
    })
    return slot
  }

  #retire(slot: GuestSlot): void {
    this.#slots.delete(slot.index)
    this.#dying.add(slot.index)
    slot.process.kill('close')
  }
}

function leastBusy(slots: GuestSlot[]): GuestSlot | undefined {
  return slots.sort((a, b) => a.runs - b.runs)[0]
}
