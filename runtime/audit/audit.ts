import { AsyncLocalStorage } from 'node:async_hooks'
import type { JsonObject } from '@annex/sdk/json'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Page, Store, Transaction } from '../storage/port.ts'
import { append } from './append.ts'
import { type AuditPayload, auditPayloads } from './audit-documents.ts'
import type { AuditEntry, AuditRecord } from './audit-entry.ts'
import { AuditQueue } from './audit-queue.ts'
import { eraseEntries } from './erase-entries.ts'
import { type AuditVerification, verifyChains } from './verify.ts'

export interface AuditQuery {
  cursor?: string
  /** 1 to 200; 50 if absent. */
  limit?: number
  action?: string
  actor?: string
}

/** The trail of who did what: a hash chain per organization and node, whose payloads can be erased. */
export interface Audit {
  /** Durable when it resolves: for refusals, before the answer leaves. Not inside a transaction. */
  write(entry: AuditEntry): Promise<void>
  /** In the same commit as the act itself. */
  within(tx: Transaction, entry: AuditEntry): Promise<void>
  /** For allowed reads: committed with others within 50 ms; a crash may lose that window. */
  note(entry: AuditEntry): void
  /** Newest first. A foreign cursor is a `StorageError`. */
  list(organizationId: string, query?: AuditQuery): Promise<Page<AuditRecord>>
  verify(organizationId: string): Promise<AuditVerification>
  /**
   * Erases what an organization's entries tell, and their key; its chains still verify. Entries that are written
   * meanwhile are either erased too or whole, under a new key. If it throws, it may be called again.
   */
  erase(organizationId: string, actor: string): Promise<void>
  /** Writes what was noted so far. */
  flush(): Promise<void>
  /** `flush`, then no more. */
  close(): Promise<void>
}

export interface AuditDependencies {
  store: Store
  clock: Clock
  ids: Ids
  /** Names this process among those on one store; two that run at once must differ. */
  nodeId: string
  log: Log
}

export function createAudit(deps: AuditDependencies): Audit {
  const { store, clock } = deps
  const queue = new AuditQueue({
    log: deps.log,
    commit: (organizationId, entries) => store.tx((tx) => append(tx, deps, organizationId, entries)),
    // A note may be made inside a transaction; its later commit must not count as part of it.
    outside: AsyncLocalStorage.snapshot(),
  })
  const dated = (entry: AuditEntry) => ({ entry, at: clock.iso() })
  return {
    write: (entry) => queue.write(dated(entry)),
    within: (tx, entry) => append(tx, deps, entry.organizationId, [dated(entry)]),
    note: (entry) => queue.note(dated(entry)),
    list: (organizationId, query = {}) => list(store, organizationId, query),
    verify: (organizationId) => verifyChains(store, organizationId),
    async erase(organizationId, actor) {
      await queue.flush()
      await eraseEntries(store, organizationId)
      const target = organizationId
      await queue.write(dated({ organizationId: 'system', actor, action: 'audit.erase', target, outcome: 'allowed' }))
    },
    flush: () => queue.flush(),
    close: () => queue.close(),
  }
}

async function list(store: Store, organizationId: string, query: AuditQuery): Promise<Page<AuditRecord>> {
  const { cursor, limit = 50, action, actor } = query
  const page = await store
    .forOrganization(organizationId)(auditPayloads)
    .find({
      where: {
        at: { $gte: '' },
        ...(action === undefined ? {} : { action }),
        ...(actor === undefined ? {} : { actor }),
      },
      sort: [
        ['at', 'desc'],
        ['sequence', 'desc'],
      ],
      limit: Math.min(Math.max(limit, 1), 200),
      ...(cursor === undefined ? {} : { cursor }),
    })
  const data = page.data.map((payload) => recordOf(organizationId, payload))
  return page.nextCursor === undefined ? { data } : { data, nextCursor: page.nextCursor }
}

function recordOf(organizationId: string, payload: AuditPayload): AuditRecord {
  const { _id, rev: _rev, organizationId: _organizationId, keyId: _keyId, details, ...fields } = payload
  const parsed: JsonObject | undefined = details === undefined ? undefined : JSON.parse(details)
  return { id: _id, organizationId, ...fields, ...(parsed === undefined ? {} : { details: parsed }) }
}
