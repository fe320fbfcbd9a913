import type { PlatformRecord } from '@annex/sdk/context'
import type { JsonObject } from '@annex/sdk/json'
import type { ResourceOperation } from '@annex/sdk/resource'
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { RequestFacts } from '../permissions/decide.ts'
import type { Principal } from '../permissions/principal.ts'
import { type Result, success } from '../result.ts'
import type { Page, Store, Transaction } from '../storage/port.ts'
import { type Access, answerDenied, auditEntry, authorize, GRANTED } from './authorize.ts'
import { createBatch, type PlatformBatch } from './batch.ts'
import type { StoredContent } from './content-documents.ts'
import { type ContentSource, type Contents, createContents } from './contents.ts'
import { type ChangesPage, listChanges } from './list-changes.ts'
import { planCreate } from './plan-row.ts'
import { getRecord, type ListOptions, listRecords } from './read-records.ts'
import { openContent, type RecordContent } from './record-content.ts'
import { createRecord, removeRecord, updateRecord, type Written } from './write-records.ts'
import { type Writer, writerFor } from './write-rows.ts'

/**
 * The resources of API v1 for whoever acts: each call is decided by the permission manager, checked against the
 * resource's schema, audited, and emits its event in the commit of its write.
 *
 * A grant's columns are all that is shown of a record and all that may be set or filtered by; its `maxRows` shortens pages
 * and refuses longer batches; outside its hours everything is refused.
 *
 * `PERMISSION_DENIED` (`details.rule` names what refused), `NOT_FOUND` (also for a record that a condition hides), `INVALID_ARGUMENT` (with the JSON pointer
 * of the field), `CONFLICT` (another revision).
 */
export interface Platform {
  list(principal: Principal, resource: string, options?: ListOptions): Promise<Result<Page<PlatformRecord>>>
  get(principal: Principal, resource: string, id: string): Promise<Result<PlatformRecord>>
  /** `source` becomes the record's content, where the resource has any; `QUOTA_EXCEEDED`. Rejects with what it throws. */
  create(
    principal: Principal,
    resource: string,
    record: JsonObject,
    source?: ContentSource,
  ): Promise<Result<PlatformRecord>>
  /** The bytes of a record, for who may see its `content`. */
  content(principal: Principal, resource: string, id: string): Promise<Result<RecordContent>>
  /** Fields that are not named stay; null takes one away. A change that changes nothing writes nothing. */
  update(
    principal: Principal,
    resource: string,
    id: string,
    changes: JsonObject,
    options?: { ifRev?: number },
  ): Promise<Result<PlatformRecord>>
  remove(principal: Principal, resource: string, id: string): Promise<Result<null>>
  /** What was created or changed after a position, in the order of commits. */
  changes(
    principal: Principal,
    resource: string,
    options: { after?: string; limit: number },
  ): Promise<Result<ChangesPage>>
  /** The same writes as part of a transaction of the caller's. A refusal is audited in that commit. */
  within(tx: Transaction): PlatformBatch
}

export interface PlatformDependencies {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
}

export function createPlatform(deps: PlatformDependencies): Platform {
  const contents = createContents(deps)
  const now = (): RequestFacts => ({ at: deps.clock.now() })
  const as = <T>(principal: Principal, resource: string, operation: ResourceOperation, work: Work<T>, facts = now()) =>
    decided(deps.audit, authorize(principal, resource, operation, facts), work)
  return {
    list(principal, resource, options = {}) {
      // What a filter lets pass tells the value of the field, so it takes the right to read it.
      const facts = { ...now(), fields: Object.keys(options.filter ?? {}) }
      return as(principal, resource, 'list', (access) => list(deps, access, options), facts)
    },
    get: (principal, resource, id) => as(principal, resource, 'get', (access) => get(deps, access, id)),
    create: (principal, resource, record, source) =>
      as(principal, resource, 'create', (access) => {
        const id = deps.ids('rec')
        const create = (content?: StoredContent) =>
          write(deps, access, (writer) =>
            createRecord(writer, access, { id, fields: record, ...(content && { content }) }),
          )
        return source ? withContent({ ...deps, contents }, access, { id, fields: record, source }, create) : create()
      }),
    content: (principal, resource, id) =>
      as(principal, resource, 'get', (access) => content(deps, access, id), { ...now(), fields: ['content'] }),
    update: (principal, resource, id, changes, { ifRev } = {}) =>
      as(principal, resource, 'update', (access) =>
        write(deps, access, (writer) => updateRecord(writer, access, { id, changes, ifRev })),
      ),
    remove: (principal, resource, id) => as(principal, resource, 'remove', (access) => remove(deps, access, id)),
    changes: (principal, resource, options) =>
      as(principal, resource, 'list', (access) => changes(deps, access, options)),
    within: (tx) => createBatch(deps, tx),
  }
}

type Work<T> = (access: Access) => Promise<Result<T>>

async function decided<T>(audit: Audit, decision: ReturnType<typeof authorize>, work: Work<T>): Promise<Result<T>> {
  return 'denied' in decision ? answerDenied(audit, decision.denied) : work(decision.access)
}

async function list({ store, audit }: PlatformDependencies, access: Access, options: ListOptions) {
  const found = await listRecords(store, access, options)
  if (found.ok) audit.note(auditEntry(access, { ...GRANTED, details: { count: found.value.data.length } }))
  return found
}

async function get({ store, audit }: PlatformDependencies, access: Access, id: string) {
  const found = await getRecord(store, access, id)
  if ('denied' in found) return answerDenied(audit, found.denied)
  audit.note(auditEntry(access, { ...GRANTED, target: id }))
  return success(found.record)
}

async function content({ store, audit }: PlatformDependencies, access: Access, id: string) {
  const found = await openContent(store, access, id)
  if ('denied' in found) return answerDenied(audit, found.denied)
  audit.note(auditEntry(access, { ...GRANTED, target: id, details: { content: true, size: found.content.size } }))
  return success(found.content)
}

interface NewContent {
  id: string
  fields: JsonObject
  source: ContentSource
}

/** The bytes come before the record, but not for one that would be refused anyway. */
async function withContent(
  { audit, clock, contents }: PlatformDependencies & { contents: Contents },
  access: Access,
  { id, fields, source }: NewContent,
  create: (content: StoredContent) => Promise<Result<PlatformRecord>>,
): Promise<Result<PlatformRecord>> {
  const { organizationId } = access.principal
  const plan = planCreate(access, id, fields, { now: clock.iso(), hasContent: true })
  if ('denied' in plan) return answerDenied(audit, plan.denied)
  const received = await contents.receive(organizationId, source)
  if (!received.ok) return received
  let created = false
  try {
    const outcome = await create(received.value)
    created = outcome.ok
    return outcome
  } finally {
    if (!created) await contents.drop(organizationId, received.value)
  }
}

async function changes(
  { store, audit }: PlatformDependencies,
  access: Access,
  options: { after?: string; limit: number },
) {
  const found = await listChanges(store, access, options)
  const details = { count: found.ok ? found.value.data.length : 0, changes: true }
  if (found.ok) audit.note(auditEntry(access, { ...GRANTED, details }))
  return found
}

/** Writes and audits in one commit; a refusal leaves nothing behind but its audit row. */
async function write(
  { store, audit, clock }: PlatformDependencies,
  access: Access,
  work: (writer: Writer) => Promise<Written>,
): Promise<Result<PlatformRecord>> {
  const outcome = await store.tx(async (tx) => {
    const written = await work(writerFor(tx, access, clock))
    if ('denied' in written) return written
    const { record, changed, fields } = written
    const details = { changed, rev: record.rev, fields }
    await audit.within(tx, auditEntry(access, { ...GRANTED, target: record.id, details }))
    return written
  })
  return 'denied' in outcome ? answerDenied(audit, outcome.denied) : success(outcome.record)
}

async function remove(
  { store, audit, clock }: PlatformDependencies,
  access: Access,
  id: string,
): Promise<Result<null>> {
  const { denied } = await store.tx(async (tx) => {
    const removed = await removeRecord(writerFor(tx, access, clock), access, id)
    if (!removed.denied) await audit.within(tx, auditEntry(access, { ...GRANTED, target: id }))
    return removed
  })
  return denied ? answerDenied(audit, denied) : success(null)
}
