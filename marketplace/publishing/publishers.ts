import type { JsonObject } from '@annex/sdk/json'
import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Handle, StorageConflict, type Store, type Transaction } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { abort, commit, written } from './commit.ts'
import type { DomainMethod } from './domain-collections.ts'
import { foldName, slugFault } from './publisher-slug.ts'
import {
  nameClaims,
  type PublisherDocument,
  type PublisherMemberDocument,
  type PublisherRole,
  publisherMembers,
  publishers,
} from './publishing-collections.ts'

const REASON = 'publishers belong to no organization'

export interface Publisher {
  slug: string
  displayName: string
  state: 'active' | 'suspended'
  /** The domain that stands for it, in punycode, and how and when that was proven. */
  verified?: { domain: string; method: DomainMethod; at: string }
  createdAt: string
}

export interface PublisherMember {
  userId: string
  role: PublisherRole
  addedAt: string
}

export interface Publishers {
  /** The creator becomes its owner. `actor` is who the audit trail names. */
  create(
    identity: Identity,
    request: { slug: string; displayName?: string },
    actor?: string,
  ): Promise<Outcome<Publisher>>
  get(slug: string): Promise<Outcome<Publisher>>
  /** The publishers that the identity is a member of. */
  listOwn(identity: Identity): Promise<(Publisher & { role: PublisherRole })[]>
  members(identity: Identity, slug: string): Promise<Outcome<PublisherMember[]>>
  /** Owners only. Nobody becomes a member this way: that takes an invitation, and their own yes. */
  changeRole(identity: Identity, slug: string, userId: string, role: PublisherRole): Promise<Outcome<PublisherMember>>
  /** Owners remove anybody, members themselves; the last owner stays. */
  removeMember(identity: Identity, slug: string, userId: string): Promise<Outcome<undefined>>
  roleOf(userId: string, slug: string): Promise<PublisherRole | undefined>
}

export interface PublishersDeps {
  store: Store
  clock: Clock
  audit: Audit
  /** Reserved names that may be taken all the same: the operator's own. */
  allowedReserved?: ReadonlySet<string>
}

export function createPublishers(deps: PublishersDeps): Publishers {
  const { store } = deps
  const system = store.asSystem(REASON)
  return {
    create: (identity, request, actor = identityName(identity)) => create(deps, identity, request, actor),
    async get(slug) {
      const found = await system(publishers).get(slug)
      return found ? { ok: true, value: publicPublisher(found) } : unknownPublisher(slug)
    },
    async listOwn(identity) {
      const memberships = await system(publisherMembers).find({ where: { userId: identity.userId }, limit: 1000 })
      const roles = new Map(memberships.data.map((membership) => [membership.publisher, membership.role]))
      const found = await system(publishers).getMany([...roles.keys()])
      return found.map((each) => ({ ...publicPublisher(each), role: roles.get(each._id) ?? 'maintainer' }))
    },
    async members(identity, slug) {
      if (!(await roleIn(system, identity.userId, slug))) return unknownPublisher(slug)
      const page = await system(publisherMembers).find({ where: { publisher: slug }, limit: 1000 })
      return { ok: true, value: page.data.map(publicMember) }
    },
    changeRole: (identity, slug, userId, role) => changeRole(deps, identity, { slug, userId, role }),
    removeMember: (identity, slug, userId) => removeMember(deps, identity, { slug, userId }),
    roleOf: (userId, slug) => roleIn(system, userId, slug),
  }
}

/** The member's role, read where the caller needs it: inside a transaction too. */
export async function roleIn(handle: Handle, userId: string, slug: string): Promise<PublisherRole | undefined> {
  return (await handle(publisherMembers).get(memberId(slug, userId)))?.role
}

async function create(
  deps: PublishersDeps,
  identity: Identity,
  request: { slug: string; displayName?: string },
  actor: string,
): Promise<Outcome<Publisher>> {
  const { slug, displayName = slug } = request
  if (identity.kind !== 'user') return refused('SESSION_REQUIRED', 'a publisher is created by a person with a session')
  const fault = slugFault(slug, deps.allowedReserved)
  if (fault) return refused('PUBLISHER_NAME_INVALID', slugMessage(slug, fault))
  try {
    return await commit(deps.store, async (tx) => {
      const system = tx.asSystem(REASON)
      const now = deps.clock.iso()
      await system(nameClaims).insert({ _id: `publisher:${foldName(slug)}`, name: slug })
      const draft = {
        displayName,
        state: 'active',
        createdBy: identity.userId,
        createdAt: now,
        changes: 0,
      } as const
      const created = await system(publishers).insert({ _id: slug, ...draft })
      await system(publisherMembers).insert(memberDraft(slug, identity.userId, 'owner', identity.userId, now))
      await notePublisher(deps.audit, tx, { actor, action: 'publisher.create', slug })
      return { ok: true, value: publicPublisher(created) }
    })
  } catch (error) {
    if (!(error instanceof StorageConflict)) throw error
    return refused('PUBLISHER_TAKEN', `"${slug}", or a name that looks like it, is taken`)
  }
}

async function changeRole(
  deps: PublishersDeps,
  identity: Identity,
  change: { slug: string; userId: string; role: PublisherRole },
): Promise<Outcome<PublisherMember>> {
  const { slug, userId, role } = change
  return commit(deps.store, async (tx) => {
    const system = tx.asSystem(REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    const changed = await system(publisherMembers).patch(memberId(slug, userId), { set: { role } })
    if (!changed) return refused('NOT_FOUND', 'there is no such member')
    await keepAnOwner(system, slug)
    const act = { actor: identityName(identity), action: 'publisher.member.role', slug, details: { userId, role } }
    await notePublisher(deps.audit, tx, act)
    return { ok: true, value: publicMember(changed) }
  })
}

async function removeMember(
  deps: PublishersDeps,
  identity: Identity,
  change: { slug: string; userId: string },
): Promise<Outcome<undefined>> {
  const { slug, userId } = change
  return commit(deps.store, async (tx) => {
    const system = tx.asSystem(REASON)
    const leaves = userId === identity.userId && identity.kind === 'user'
    const refusal = leaves ? undefined : await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    if (!(await system(publisherMembers).delete(memberId(slug, userId))))
      return refused('NOT_FOUND', 'there is no such member')
    await keepAnOwner(system, slug)
    const act = { actor: identityName(identity), action: 'publisher.member.remove', slug, details: { userId } }
    await notePublisher(deps.audit, tx, act)
    return { ok: true, value: undefined }
  })
}

/** Who is no member learns nothing of the publisher's inside. */
export async function refuseUnlessOwner(system: Handle, identity: Identity, slug: string) {
  const role = await roleIn(system, identity.userId, slug)
  if (!role) return unknownPublisher(slug)
  if (role !== 'owner' || identity.kind !== 'user')
    return refused('PUBLISHER_FORBIDDEN', `only a person who owns "${slug}" may do this`)
  return undefined
}

/** Inside `commit`, of a publisher that exists: two changes at once meet in its row, and one of them sees the other. */
export async function touchPublisher(system: Handle, slug: string): Promise<PublisherDocument> {
  return written(await system(publishers).patch(slug, { inc: { changes: 1 } }))
}

/** What the outbox says when a publisher's mark or state changed: the search of every node follows. */
export function emitPublisherChange(tx: Transaction, publisher: string): void {
  tx.emit({ partition: 'system', type: 'publisher.changed', payload: { publisher } })
}

/** Two owners who leave at once collide, and one of them stays. */
async function keepAnOwner(system: Handle, slug: string): Promise<void> {
  await touchPublisher(system, slug)
  const owners = await system(publisherMembers).find({ where: { publisher: slug, role: 'owner' }, limit: 1 })
  if (owners.data.length === 0) abort(refused('LAST_OWNER', `"${slug}" keeps at least one owner`))
}

export async function notePublisher(
  audit: Audit,
  tx: Transaction,
  { slug, ...act }: { actor: string; action: string; slug: string; details?: JsonObject },
): Promise<void> {
  await audit.within(tx, { organizationId: 'system', target: slug, outcome: 'allowed', ...act })
}

function memberId(slug: string, userId: string): string {
  return `${slug}:${userId}`
}

export function memberDraft(slug: string, userId: string, role: PublisherRole, addedBy: string, addedAt: string) {
  return { _id: memberId(slug, userId), publisher: slug, userId, role, addedBy, addedAt }
}

function unknownPublisher(slug: string) {
  return refused('PUBLISHER_UNKNOWN', `there is no publisher "${slug}" that you can see`)
}

function slugMessage(slug: string, fault: 'malformed' | 'reserved'): string {
  if (fault === 'reserved') return `"${slug}" is reserved, or looks like a reserved name`
  return 'a publisher name has 2 to 40 characters: a-z, 0-9 and single hyphens, none at an end'
}

function publicPublisher({ _id, displayName, state, verified, createdAt }: PublisherDocument): Publisher {
  return { slug: _id, displayName, state, ...(verified ? { verified } : {}), createdAt }
}

function publicMember({ userId, role, addedAt }: PublisherMemberDocument): PublisherMember {
  return { userId, role, addedAt }
}
