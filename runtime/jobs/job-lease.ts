import { type Clock, isoPlus } from '../clock.ts'
import type { Patch, Store, Transaction } from '../storage/port.ts'
import { type Job, jobs } from './job.ts'

/** The worker's job was taken over, cancelled or finished by someone else: nothing of its result may be stored. */
export class LeaseLost extends Error {
  readonly code = 'LEASE_LOST'
  constructor(jobId: string) {
    super(`the lease of ${jobId} is lost`)
  }
}

/** What a handler puts into each of its transactions, so that a worker which lost its lease cannot commit. */
export interface Fence {
  readonly leaseToken: number
  /** Throws `LeaseLost`. Writes the job, and so collides with a claim that commits at the same time; renews the lease. */
  assert(tx: Transaction): Promise<void>
  /** As `assert`; and the transaction is progress, so attempts before it no longer count towards DEAD. */
  progress(tx: Transaction): Promise<void>
}

export interface JobLeases {
  /**
   * The job that is due longest in the next group after `turn`, now leased; groups in `full` are passed over. Expired
   * leases are due like waiting jobs.
   */
  claimNext(type: string, turn: string, full: readonly string[]): Promise<Job | undefined>
  /** This very job, if it is due. */
  claim(jobId: string): Promise<Job | undefined>
  /** False when the lease is lost. */
  renew(job: Job): Promise<boolean>
  fence(job: Job): Fence
  /** Writes the end of an attempt; `undefined` when the lease is lost: then nothing is written. */
  finish(job: Job, patch: Patch, also?: (tx: Transaction, job: Job) => Promise<void>): Promise<Job | undefined>
}

/** The store's side of leasing: every change after the claim carries the claim's token. */
export function createJobLeases(deps: { store: Store; clock: Clock; nodeId: string; leaseMs: number }): JobLeases {
  const { store, clock, nodeId, leaseMs } = deps
  const everyTenant = store.asSystem('workers take jobs of every organization')

  function leased(): Patch {
    return {
      set: { state: 'LEASED', dueAt: isoPlus(clock.iso(), leaseMs), worker: nodeId },
      inc: { attempts: 1, leaseToken: 1 },
    }
  }

  async function claimNext(type: string, turn: string, full: readonly string[]): Promise<Job | undefined> {
    const sort = [
      ['group', 'asc'],
      ['dueAt', 'asc'],
    ] as const
    // From one full group to the next, so that the index leads past all of their jobs and none of them is read.
    for (const group of groupRanges(turn, full)) {
      const next = await everyTenant(jobs).patchFirst({ type, group, dueAt: { $lte: clock.iso() } }, sort, leased())
      if (next) return next
    }
    return undefined
  }

  async function renewIn(handle: Pick<Store, 'forOrganization'>, job: Job, patch: Patch): Promise<boolean> {
    const renewed = await handle
      .forOrganization(job.organizationId)(jobs)
      .patch(
        job._id,
        { ...patch, set: { ...patch.set, dueAt: isoPlus(clock.iso(), leaseMs) } },
        { where: { state: 'LEASED', leaseToken: job.leaseToken } },
      )
    return renewed !== undefined
  }

  async function assert(tx: Transaction, job: Job, patch: Patch): Promise<void> {
    if (!(await renewIn(tx, job, patch))) throw new LeaseLost(job._id)
  }

  return {
    claimNext,
    claim: (jobId) => everyTenant(jobs).patch(jobId, leased(), { where: { dueAt: { $lte: clock.iso() } } }),
    renew: (job) => renewIn(store, job, {}),
    fence: (job) => ({
      leaseToken: job.leaseToken,
      assert: (tx) => assert(tx, job, {}),
      progress: (tx) => assert(tx, job, { set: { attempts: 1 } }),
    }),
    finish: (job, patch, also) =>
      store.tx(async (tx) => {
        const held = { state: 'LEASED', leaseToken: job.leaseToken }
        const ended = await tx.forOrganization(job.organizationId)(jobs).patch(job._id, patch, { where: held })
        if (ended) await also?.(tx, ended)
        return ended
      }),
  }
}

type GroupRange = { $gt?: string; $lte?: string; $lt?: string }

/** The groups after `turn` and then those up to it, without the full ones. */
function groupRanges(turn: string, full: readonly string[]): GroupRange[] {
  const sorted = [...new Set(full)].sort()
  const after = between(
    { $gt: turn },
    sorted.filter((group) => group > turn),
  )
  return turn === ''
    ? after
    : [
        ...after,
        ...between(
          {},
          sorted.filter((group) => group <= turn),
          { $lte: turn },
        ),
      ]
}

function between(from: GroupRange, full: readonly string[], to: GroupRange = {}): GroupRange[] {
  const starts = [from, ...full.map((group) => ({ $gt: group }))]
  const ends = [...full.map((group) => ({ $lt: group })), to]
  return starts.map((start, i) => ({ ...start, ...ends[i] }))
}
