import type { Log } from '../log.ts'
import type { DatedEntry } from './append.ts'

export interface AuditQueueDependencies {
  log: Log
  commit(organizationId: string, entries: readonly DatedEntry[]): Promise<void>
  /** Runs a function in the asynchronous context of the service, not of the caller. */
  outside: (run: () => void) => void
}

interface Waiting {
  dated: DatedEntry
  /** Absent for a note. */
  settle?: { resolve: () => void; reject: (reason: unknown) => void }
}

/** How long a note may wait for company. */
const GROUP_MS = 50
/** After a commit that failed, so that a store that is down is not hammered. */
const RETRY_MS = 1000
/** Entries in one commit. */
const GROUP_SIZE = 100
/** Notes that wait for their commit, of one organization and of all; more are dropped and counted. */
const MAX_NOTES = { organization: 2000, overall: 20_000 }

/** Puts an organization's entries into commits one after the other, several at once where they have gathered. */
export class AuditQueue {
  readonly #deps: AuditQueueDependencies
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #draining = new Map<string, Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  readonly #notes = new Map<string, number>()
  readonly #dropped = new Map<string, number>()
  #allNotes = 0
  #closed = false

  constructor(deps: AuditQueueDependencies) {
    this.#deps = deps
  }

  /** Resolves when the entry is durable, rejects when its commit failed. */
  write(dated: DatedEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#add({ dated, settle: { resolve, reject } })
      void this.#drain(dated.entry.organizationId)
    })
  }

  note(dated: DatedEntry): void {
    const { organizationId } = dated.entry
    const own = this.#notes.get(organizationId) ?? 0
    if (own >= MAX_NOTES.organization || this.#allNotes >= MAX_NOTES.overall) {
      this.#dropped.set(organizationId, (this.#dropped.get(organizationId) ?? 0) + 1)
      return
    }
    this.#add({ dated })
    this.#countNotes(organizationId, 1)
    this.#deps.outside(() => this.#arm(GROUP_MS))
  }

  /** Throws when the store does not take what waits. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await Promise.all([...new Set([...this.#waiting.keys(), ...this.#draining.keys()])].map((id) => this.#drain(id)))
    const left = [...this.#waiting.values()].reduce((sum, list) => sum + list.length, 0)
    if (left > 0) throw new Error(`${left} audit entries could not be committed`)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.flush().finally(() => this.#reportDropped())
  }

  #add(item: Waiting): void {
    if (this.#closed) throw new Error('the audit trail is closed')
    const { organizationId } = item.dated.entry
    const list = this.#waiting.get(organizationId)
    if (list) list.push(item)
    else this.#waiting.set(organizationId, [item])
  }

  /** One at a time for each organization: who comes second waits for the first, which takes its entries along. */
  #drain(organizationId: string): Promise<void> {
    const running = this.#draining.get(organizationId)
    if (running) return running
    const started = this.#drainAll(organizationId)
    if (this.#waiting.has(organizationId)) this.#draining.set(organizationId, started)
    return started
  }

  async #drainAll(organizationId: string): Promise<void> {
    let going = true
    while (going) {
      // Without this turn the first commit would start before `#draining` knows of it.
      await Promise.resolve()
      const group = this.#take(organizationId)
      going = group.length > 0 && (await this.#commit(organizationId, group))
      // In the same turn as the decision to stop: an entry that comes later must start a new drain.
      if (!this.#waiting.has(organizationId)) going = false
      if (!going) this.#draining.delete(organizationId)
    }
  }

  #take(organizationId: string): Waiting[] {
    const list = this.#waiting.get(organizationId) ?? []
    const group = list.splice(0, GROUP_SIZE)
    if (list.length === 0) this.#waiting.delete(organizationId)
    return group
  }

  async #commit(organizationId: string, group: readonly Waiting[]): Promise<boolean> {
    const notes = group.filter((item) => !item.settle)
    const entries = group.map((item) => item.dated)
    try {
      await this.#deps.commit(organizationId, entries)
    } catch (error) {
      this.#deps.log.error({ err: error, organizationId, entries: entries.length }, 'audit entries were not committed')
      if (notes.length > 0) this.#waiting.set(organizationId, [...notes, ...(this.#waiting.get(organizationId) ?? [])])
      for (const item of group) item.settle?.reject(error)
      if (!this.#closed) this.#arm(RETRY_MS)
      return false
    }
    this.#countNotes(organizationId, -notes.length)
    for (const item of group) item.settle?.resolve()
    this.#reportDropped()
    return true
  }

  #reportDropped(): void {
    for (const [organizationId, dropped] of this.#dropped) {
      this.#deps.log.error({ organizationId, dropped }, 'audit notes were dropped: too many waited for their commit')
    }
    this.#dropped.clear()
  }

  #countNotes(organizationId: string, by: number): void {
    const own = (this.#notes.get(organizationId) ?? 0) + by
    if (own === 0) this.#notes.delete(organizationId)
    else this.#notes.set(organizationId, own)
    this.#allNotes += by
  }

  #arm(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      for (const organizationId of [...this.#waiting.keys()]) void this.#drain(organizationId)
    }, milliseconds)
  }
}
