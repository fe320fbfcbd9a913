import { entryOf, type GrantEntry } from '@annex/sdk/read-grants'
import type { ScopeEntry } from '@annex/sdk/scope-limits'
import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Documents, Store, Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { wantedGrants } from '../wanted-grants.ts'
import { type ApiKeyDocument, apiKeys, type Role, users } from './accounts-collections.ts'
import { isWellFormedApiKey, newApiKey } from './api-key-format.ts'
import { grantsWithin } from './grants-within.ts'
import { keyedHash } from './secret-text.ts'

export type ApiKeyStatus = 'ACTIVE' | 'EXPIRES_SOON' | 'EXPIRED' | 'REVOKED'

export interface ApiKey {
  id: string
  organizationId: string
  name: string
  description: string
  keyPrefix: string
  /** Long forms, each with its limits where it has some, and `publish:<slug>`. */
  scopes: (GrantEntry | `publish:${string}`)[]
  requestsPerHour: number
  status: ApiKeyStatus
  createdAt: string
  expiresAt: string
  lastUsedAt?: string
  revokedAt?: string
}

export interface ApiKeyDraft {
  name: string
  description?: string
  /** Long forms and shorthands, with or without limits, and `publish:<slug>`. */
  scopes: readonly ScopeEntry[]
  /** 1 to 365; 90 if absent. */
  expiresInDays?: number
  requestsPerHour?: number
}

/** The person that a key is made for, in one organization. */
export interface KeyOwner {
  userId: string
  organizationId: string
  role: Role
}

export interface ApiKeys {
  /** `key` is shown here and never again. */
  create(owner: KeyOwner, draft: ApiKeyDraft): Promise<Outcome<ApiKey & { key: string }>>
  /** A user's own, in all organizations, newest first. */
  list(userId: string, page: { limit?: number; cursor?: string }): Promise<{ data: ApiKey[]; nextCursor?: string }>
  /** Only one's own: another's answers as if there were none. */
  revoke(userId: string, keyId: string): Promise<Outcome<ApiKey>>
  /** The key that `text` is, if it may be used now. Notes the use, at most once a minute. */
  find(text: string): Promise<ApiKeyDocument | undefined>
  /** The key of an organization by its id, if it may be used now. */
  usable(organizationId: string, keyId: string): Promise<ApiKeyDocument | undefined>
}

export interface ApiKeyDependencies {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  pepper: Uint8Array
  prefix: string
  /** Whether a user may publish under a slug, now. */
  mayPublishAs(userId: string, slug: string): Promise<boolean>
}

const MAX_KEYS = 10
const DAY_MS = 24 * 3_600_000
const DEFAULT_DAYS = 90
const SOON_MS = 7 * DAY_MS
const DEFAULT_REQUESTS_PER_HOUR = 1000
const PUBLISH = 'publish:'
const REASON = 'a key is found before its organization is known'

export function createApiKeys(deps: ApiKeyDependencies): ApiKeys {
  const { store, clock } = deps
  return {
    create: (owner, draft) => create(deps, owner, draft),
    async list(userId, page) {
      const query = { where: { userId }, sort: [['createdAt', 'desc']] as const, ...page }
      const found = await store.asSystem('a person lists their own keys')(apiKeys).find(query)
      return { ...found, data: found.data.map((key) => publicKey(key, clock.iso())) }
    },
    revoke: (userId, keyId) => store.tx((tx) => revoke(deps, tx, userId, keyId)),
    async find(text) {
      if (!isWellFormedApiKey(deps.prefix, text)) return undefined
      const query = { where: { hash: keyedHash(deps.pepper, text) }, limit: 1 }
      const [key] = (await store.asSystem(REASON)(apiKeys).find(query)).data
      if (!key || !isUsable(statusOf(key, clock.iso()))) return undefined
      await noteUse(deps, key)
      return key
    },
    async usable(organizationId, keyId) {
      const key = await store.forOrganization(organizationId)(apiKeys).get(keyId)
      return key && isUsable(statusOf(key, clock.iso())) ? key : undefined
    },
  }
}

async function create(deps: ApiKeyDependencies, owner: KeyOwner, draft: ApiKeyDraft): ReturnType<ApiKeys['create']> {
  const asked = await readScopes(deps, owner, draft.scopes)
  if (!asked.ok) return asked
  const key = newApiKey(deps.prefix)
  const row = newRow(deps, owner, draft, asked.value, key)
  return deps.store.tx(async (tx) => {
    const person = tx.asSystem('keys are counted by person')(users)
    // Two creations at once both write this document, so that the limit holds.
    await person.patch(owner.userId, { inc: { keyChanges: 1 } })
    const held = tx.asSystem('keys are counted by person')(apiKeys)
    if ((await countUsable(held, owner.userId, deps.clock.iso())) >= MAX_KEYS)
      return refused('KEY_LIMIT_REACHED', `a user holds at most ${MAX_KEYS} keys; revoke one first`)
    const stored = await tx.forOrganization(owner.organizationId)(apiKeys).insert(row)
    await note(deps, tx, stored, 'api-key.create')
    return { ok: true, value: { ...publicKey(stored, deps.clock.iso()), key } }
  })
}

function newRow(deps: ApiKeyDependencies, owner: KeyOwner, draft: ApiKeyDraft, asked: AskedScopes, key: string) {
  const createdAt = deps.clock.iso()
  return {
    _id: deps.ids('key'),
    userId: owner.userId,
    name: draft.name,
    description: draft.description ?? '',
    hash: keyedHash(deps.pepper, key),
    keyPrefix: key.slice(0, 8),
    ...asked,
    requestsPerHour: draft.requestsPerHour ?? DEFAULT_REQUESTS_PER_HOUR,
    createdAt,
    expiresAt: isoPlus(createdAt, (draft.expiresInDays ?? DEFAULT_DAYS) * DAY_MS),
  }
}

interface AskedScopes {
  scopes: GrantEntry[]
  publishers: string[]
}

/** A key never holds more than its maker: what goes beyond is refused, not cut away in silence. */
async function readScopes(
  deps: ApiKeyDependencies,
  owner: KeyOwner,
  entries: readonly ScopeEntry[],
): Promise<Outcome<AskedScopes>> {
  const publishes = entries.filter(isPublish)
  const publishers = [...new Set(publishes.map((text) => text.slice(PUBLISH.length)))].sort()
  const asked = wantedGrants(entries.filter((entry) => !isPublish(entry)))
  if (!asked.ok) return asked
  const scopes = asked.value.map(entryOf)
  const held = grantsWithin(owner.role, scopes)
  const missing = asked.value.map(({ scope }) => scope).filter((scope) => !held.some((grant) => grant.scope === scope))
  if (missing.length > 0)
    return refused('PERMISSION_DENIED', `your role does not hold ${missing.join(', ')}`, { details: { missing } })
  for (const slug of publishers)
    if (!(await deps.mayPublishAs(owner.userId, slug)))
      return refused('PERMISSION_DENIED', `you are not a member of the publisher ${slug}`)
  return { ok: true, value: { scopes, publishers } }
}

function isPublish(entry: ScopeEntry): entry is `publish:${string}` {
  return typeof entry === 'string' && entry.startsWith(PUBLISH)
}

async function countUsable(held: Documents<ApiKeyDocument>, userId: string, now: string): Promise<number> {
  const { data } = await held.find({ where: { userId }, sort: [['createdAt', 'desc']], limit: 1000 })
  return data.filter((key) => isUsable(statusOf(key, now))).length
}

async function revoke(
  deps: ApiKeyDependencies,
  tx: Transaction,
  userId: string,
  keyId: string,
): ReturnType<ApiKeys['revoke']> {
  const documents = tx.asSystem('a person revokes their own key')(apiKeys)
  const key = await documents.get(keyId)
  if (!key || key.userId !== userId) return refused('NOT_FOUND', 'there is no such key')
  if (key.revokedAt !== undefined) return { ok: true, value: publicKey(key, deps.clock.iso()) }
  const revoked = await documents.patch(keyId, { set: { revokedAt: deps.clock.iso() } })
  if (!revoked) return refused('NOT_FOUND', 'there is no such key')
  await note(deps, tx, revoked, 'api-key.revoke')
  return { ok: true, value: publicKey(revoked, deps.clock.iso()) }
}

async function noteUse({ store, clock }: ApiKeyDependencies, key: ApiKeyDocument): Promise<void> {
  const now = clock.iso()
  if (key.lastUsedAt !== undefined && key.lastUsedAt > isoPlus(now, -60_000)) return
  await store
    .asSystem('the last use of a key')(apiKeys)
    .patch(key._id, { set: { lastUsedAt: now } })
}

async function note(deps: ApiKeyDependencies, tx: Transaction, key: ApiKeyDocument, action: string): Promise<void> {
  const { organizationId = 'system', userId, _id: target, scopes, publishers } = key
  const entry = { organizationId, actor: `user:${userId}`, action, target, outcome: 'allowed' as const }
  await deps.audit.within(tx, { ...entry, details: { scopes, publishers } })
}

function statusOf(key: ApiKeyDocument, now: string): ApiKeyStatus {
  if (key.revokedAt !== undefined) return 'REVOKED'
  if (key.expiresAt <= now) return 'EXPIRED'
  return key.expiresAt <= isoPlus(now, SOON_MS) ? 'EXPIRES_SOON' : 'ACTIVE'
}

function isUsable(status: ApiKeyStatus): boolean {
  return status === 'ACTIVE' || status === 'EXPIRES_SOON'
}

function publicKey(key: ApiKeyDocument, now: string): ApiKey {
  const { _id: id, organizationId = '', name, description, keyPrefix, requestsPerHour, createdAt, expiresAt } = key
  const scopes = [...key.scopes, ...key.publishers.map((slug) => `${PUBLISH}${slug}` as const)]
  return {
    ...{ id, organizationId, name, description, keyPrefix, scopes, requestsPerHour, createdAt, expiresAt },
    status: statusOf(key, now),
    ...(key.lastUsedAt === undefined ? {} : { lastUsedAt: key.lastUsedAt }),
    ...(key.revokedAt === undefined ? {} : { revokedAt: key.revokedAt }),
  }
}
