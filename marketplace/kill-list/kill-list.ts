import { createHash } from 'node:crypto'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import type { Handle, Page, Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { abort, commit, written } from '../publishing/commit.ts'
import { extensions, publishers, versions } from '../publishing/publishing-collections.ts'
import {
  chained,
  entryText,
  type KillAction,
  type KillEntry,
  type KillTarget,
  readEntry,
  targetKey,
} from './kill-entry.ts'
import type { KillFollower } from './kill-follower.ts'
import { createKillJob, type InstalledRows, KILL_JOB } from './kill-job.ts'
import { entryId, HEAD_ID, KILL_LIST_CHANGED, KILL_REASON, killEntries, killHeads } from './kill-list-collections.ts'
import { KILL_LIST_LIMITS } from './kill-list-limits.ts'
import { entryOf, liveEntries } from './live-entries.ts'
import { beginList, renewHead, type SignHeadDeps, signHead } from './sign-head.ts'

/** What is to be stopped, and why. */
export interface KillWish {
  target: KillTarget
  action: KillAction
  /** Everybody may read it. */
  reason: string
}

/** An entry as moderators see it. */
export interface ShownKillEntry extends KillEntry {
  /** A principal. */
  by: string
  /** Whether it holds: it is no lift, and was not lifted. */
  live: boolean
}

/** The list as outsiders follow it: `entries` folded by `chained` over the digest that they had give `statement`'s digest. */
export interface KillSnapshot {
  seq: number
  digest: string
  /** Behind `after`, in order; a page of them. */
  entries: KillEntry[]
  more: boolean
  signature: { kid: string; statement: string; value: string }
  /** Another one for another answer. */
  tag: string
}

export interface KillList {
  /** Before a transaction that calls `append`. */
  ready(): Promise<void>
  /** Adds to the list in the caller's commit. What is on it already, in the same words but for the reason, is the answer. */
  append(tx: Transaction, by: string, wish: KillWish): Promise<KillEntry>
  /** When it resolves, this process has stopped what is to stop. `NOT_FOUND` for what the marketplace does not know. */
  add(by: string, wish: KillWish): Promise<Outcome<ShownKillEntry>>
  /** Takes an entry back by a new one; `NOT_FOUND`, or `CONFLICT` when it does not hold any more. */
  lift(by: string, seq: number, reason: string): Promise<Outcome<ShownKillEntry>>
  /** Newest first. */
  list(page: { limit?: number; cursor?: string }): Promise<Page<ShownKillEntry>>
  /** From this process's copy; `KILL_LIST_STALE` while it has none. */
  snapshot(after: number): Outcome<KillSnapshot>
  /** Begins to follow. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface KillListDeps extends SignHeadDeps {
  audit: Audit
  jobs: Jobs
  follower: KillFollower
  rows: InstalledRows
}

/** Registers its job: to be made before the queue starts. */
export function createKillList(deps: KillListDeps): KillList {
  const { follower } = deps
  const { copy } = follower
  deps.jobs.register(KILL_JOB, createKillJob(deps))

  const shown = (entry: KillEntry, by: string): ShownKillEntry => ({
    ...entry,
    by,
    live: copy.killed.isLive(entry.seq),
  })

  async function write(by: string, work: (tx: Transaction) => Promise<KillEntry>): Promise<Outcome<ShownKillEntry>> {
    await beginList(deps)
    const outcome = await commit(deps.store, async (tx) => ({ ok: true, value: await work(tx) }))
    if (!outcome.ok) return outcome
    await follower.catchUp()
    return { ok: true, value: shown(outcome.value, by) }
  }

  return {
    ready: () => beginList(deps),
    append: (tx, by, wish) => append(deps, tx, by, wish),
    add: (by, wish) =>
      write(by, async (tx) => {
        if (!(await isKnown(tx.asSystem(KILL_REASON), wish.target)))
          abort(refused('NOT_FOUND', `the marketplace knows no ${targetKey(wish.target)}`))
        return append(deps, tx, by, wish)
      }),
    lift: (by, seq, reason) => write(by, (tx) => lift(deps, tx, by, { seq, reason })),
    async list(page) {
      const query = { where: { seq: { $gte: 1 } }, sort: [['seq', 'desc']], ...page } as const
      const found = await deps.store.asSystem(KILL_REASON)(killEntries).find(query)
      return { ...found, data: found.data.map((document) => shown(entryOf(document), document.by)) }
    },
    snapshot(after) {
      const { head, entries } = copy
      if (!head) return refused('KILL_LIST_STALE', 'this node has no copy of the list yet', { retryAfter: 1 })
      const { seq, digest, kid, statement, value } = head
      const page = entries.slice(after, after + KILL_LIST_LIMITS.page)
      const more = after + page.length < seq
      const tag = createHash('sha256').update(`${after} ${value}`).digest('base64url')
      return { ok: true, value: { seq, digest, entries: page, more, signature: { kid, statement, value }, tag } }
    },
    async start() {
      await beginList(deps)
      await follower.start(() => renewHead(deps))
    },
    stop: () => follower.stop(),
  }
}

async function append(deps: KillListDeps, tx: Transaction, by: string, wish: KillWish): Promise<KillEntry> {
  const { target, action, reason } = wish
  const same = (await liveEntries(tx.asSystem(KILL_REASON), targetKey(target))).find((each) => each.action === action)
  return same ?? appendEntry(deps, tx, by, { target, action, reason })
}

async function lift(
  deps: KillListDeps,
  tx: Transaction,
  by: string,
  { seq, reason }: { seq: number; reason: string },
): Promise<KillEntry> {
  const handle = tx.asSystem(KILL_REASON)
  const document = await handle(killEntries).get(entryId(seq))
  if (!document) abort(refused('NOT_FOUND', `the kill list has no entry ${seq}`))
  const { target } = entryOf(document)
  const holds = (await liveEntries(handle, document.key)).some((each) => each.seq === seq)
  if (!holds) abort(refused('CONFLICT', `the entry ${seq} does not hold any more`))
  return appendEntry(deps, tx, by, { target, action: 'lift', lifts: seq, reason })
}

/** Entry, head, job, event and audit row are one commit; the head's revision lets one writer in at a time. */
async function appendEntry(
  deps: KillListDeps,
  tx: Transaction,
  by: string,
  draft: Pick<KillEntry, 'target' | 'action' | 'reason' | 'lifts'>,
): Promise<KillEntry> {
  const handle = tx.asSystem(KILL_REASON)
  const head = await handle(killHeads).get(HEAD_ID)
  if (!head) throw new Error('there is no kill list to add to')
  if (head.seq >= KILL_LIST_LIMITS.entries) abort(refused('QUOTA_EXCEEDED', 'the kill list is full'))
  const seq = head.seq + 1
  const entry: KillEntry = { seq, ...draft, at: deps.clock.iso() }
  const text = entryText(entry)
  // What no node could read would be a list that no node can read.
  if (!readEntry(text)) throw new Error(`no entry of the kill list: ${text.slice(0, 1_000)}`)
  const { _id, ...set } = await signHead(deps, handle, { seq, digest: chained(head.digest, text) })
  written(await handle(killHeads).patch(_id, { set }, { rev: head.rev }))
  const key = targetKey(entry.target)
  await handle(killEntries).insert({ _id: entryId(seq), seq, key, text, by })
  await deps.jobs.enqueue(tx, { organizationId: 'system', type: KILL_JOB, payload: { seq } })
  tx.emit({ partition: 'system', type: KILL_LIST_CHANGED, payload: { seq } })
  const { action, reason, lifts } = draft
  const details = { seq, action, reason, ...(lifts === undefined ? {} : { lifts }) }
  const row = { organizationId: 'system', actor: by, action: 'kill-list.append', target: key, details } as const
  await deps.audit.within(tx, { ...row, outcome: 'allowed' })
  return entry
}

/** A typing error in an emergency would stop nothing, and nobody would know. Bytes may be known before they come. */
async function isKnown(handle: Handle, target: KillTarget): Promise<boolean> {
  if (target.kind === 'digest') return true
  if (target.kind === 'publisher') return (await handle(publishers).get(target.publisher)) !== undefined
  if (target.kind === 'extension') return (await handle(extensions).get(target.extension)) !== undefined
  return (await handle(versions).get(`${target.extension}@${target.version}`)) !== undefined
}
