import type { Log } from '../log.ts'
import type { Cage } from './cage.ts'
import { GuestProcess } from './guest-process.ts'
import { CAGE_LIMITS } from './limits.ts'

/** Whose code, and which. Never two organizations in one process. */
export interface Tenancy {
  organizationId: string
  installationId: string
  digest: string
}

/** An installation's code in one child. */
export interface Unit {
  readonly id: number
  readonly key: string
  runs: number
  lastUsed: number
  /** Set by the first run that loads it, for those that share it: why it does not compile, if it does not. */
  loaded?: Promise<string | undefined>
}

/** A child and who is in it: blank, or bound to an organization from its first code to its end. */
export class GuestSlot {
  readonly index: number
  readonly process: GuestProcess
  ready = false
  /** Whether it takes no more runs, as an organization without a child waits for its place. */
  leaving = false
  organizationId: string | undefined
  runs = 0
  totalRuns = 0
  lastUsed = 0
  readonly #units = new Map<string, Unit>()
  #lastUnit = 0
  #touched = false
  #large = false

  constructor(cage: Cage, folder: string, index: number, log: Log) {
    this.index = index
    this.process = new GuestProcess(cage, folder, index, log)
    this.process.ready.then((ready) => {
      this.ready = ready
    })
  }

  get installations(): number {
    return this.#units.size
  }

  unitOf(tenancy: Tenancy): Unit | undefined {
    return this.#units.get(keyOf(tenancy))
  }

  runsOf(tenancy: Tenancy): number {
    return this.unitOf(tenancy)?.runs ?? 0
  }

  /** Whether no code of a guest has run in the child yet, so that what it says is our own code's word. */
  isUntouched(): boolean {
    return !this.#touched
  }

  touch(): void {
    this.#touched = true
  }

  /** Whether it is to be replaced as soon as nobody is in it: after many runs, or when it has grown large. */
  isWorn(): boolean {
    return this.totalRuns >= CAGE_LIMITS.runsPerChild || this.#large
  }

  /** Whether it takes more runs. */
  isOpen(): boolean {
    return !this.leaving && !this.isWorn()
  }

  noteSize(): void {
    this.#large = this.process.residentBytes() > CAGE_LIMITS.recycleBytes
  }

  /** Whether an installation more may come in. */
  hasRoom(): boolean {
    return this.#units.size < CAGE_LIMITS.installationsPerChild
  }

  /** Whether one that is idle could be sent away for it. */
  canMakeRoom(): boolean {
    return this.#leastUsed() !== undefined
  }

  /** Counts a run in; `use` is a number that grows from use to use. */
  enter(tenancy: Tenancy, use: number): Unit {
    this.organizationId ??= tenancy.organizationId
    const unit = this.unitOf(tenancy) ?? this.#add(tenancy)
    unit.runs++
    this.runs++
    this.totalRuns++
    unit.lastUsed = use
    this.lastUsed = use
    return unit
  }

  leave(unit: Unit): void {
    unit.runs--
    this.runs--
  }

  #add(tenancy: Tenancy): Unit {
    const old = this.#units.size < CAGE_LIMITS.installationsPerChild ? undefined : this.#leastUsed()
    if (old) {
      this.#units.delete(old.key)
      void this.process.ask({ t: 'unload', unit: old.id }, '', CAGE_LIMITS.loadMs)
    }
    const unit: Unit = { id: ++this.#lastUnit, key: keyOf(tenancy), runs: 0, lastUsed: 0 }
    this.#units.set(unit.key, unit)
    return unit
  }

  /** The installation without a run that was used longest ago. */
  #leastUsed(): Unit | undefined {
    let least: Unit | undefined
    for (const unit of this.#units.values()) {
      if (unit.runs === 0 && (!least || unit.lastUsed < least.lastUsed)) least = unit
    }
    return least
  }
}

function keyOf({ installationId, digest }: Tenancy): string {
  return `${installationId} ${digest}`
}
