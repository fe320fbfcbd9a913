import type { Audit } from '../../runtime/audit/audit.ts'
import type { Store, Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { type MemberDocument, members, organizations, type Role, users } from './accounts-collections.ts'
import { memberId } from './organizations.ts'

export interface Member {
  userId: string
  email: string
  name: string
  role: Role
  since: string
}

/** Who acts on the members of an organization that they belong to. */
export interface MemberActor {
  userId: string
  organizationId: string
  /** As read with the request; changes read it again in their transaction. */
  role: Role
}

export interface Members {
  list(
    organizationId: string,
    page: { limit?: number; cursor?: string },
  ): Promise<{ data: Member[]; nextCursor?: string }>
  changeRole(actor: MemberActor, userId: string, role: Role): Promise<Outcome<Member>>
  /** Takes someone out; everyone may take themselves out. Sessions and keys stop acting for the organization at once. */
  remove(actor: MemberActor, userId: string): Promise<Outcome<undefined>>
}

const REASON = 'names and addresses of the members of one organization'

export function createMembers({ store, audit }: { store: Store; audit: Audit }): Members {
  const change = <T>(actor: MemberActor, userId: string, action: string, work: Change<T>): Promise<Outcome<T>> =>
    store.tx(async (tx) => {
      const { organizationId } = actor
      const documents = tx.forOrganization(organizationId)(members)
      const own = await documents.get(memberId(organizationId, actor.userId))
      const member = await documents.get(memberId(organizationId, userId))
      if (!own || !member) return refused('NOT_FOUND', 'there is no such member')
      const outcome = await work(tx, member, { ...actor, role: own.role })
      if (!outcome.ok) return outcome
      // Two owners who leave at once both write this document, so that one of them sees the other gone.
      await tx
        .asSystem('members change')(organizations)
        .patch(organizationId, { inc: { memberChanges: 1 } })
      const entry = { organizationId, actor: `user:${actor.userId}`, action, target: userId }
      await audit.within(tx, { ...entry, outcome: 'allowed' })
      return outcome
    })
  return {
    async list(organizationId, page) {
      const found = await store
        .forOrganization(organizationId)(members)
        .find({ sort: [['since', 'asc']], ...page })
      return { ...found, data: await withUsers(store, found.data) }
    },
    changeRole: (actor, userId, role) =>
      change(actor, userId, 'member.role', async (tx, member, current) => {
        if (!mayChange(current, member.role) || !mayChange(current, role)) return forbidden()
        if (role !== 'owner' && (await isLastOwner(tx, actor.organizationId, member))) return lastOwner()
        const changed = await tx.forOrganization(actor.organizationId)(members).patch(member._id, { set: { role } })
        if (!changed) return refused('NOT_FOUND', 'there is no such member')
        const user = await tx.asSystem(REASON)(users).get(userId)
        return { ok: true, value: publicMember(changed, user) }
      }),
    remove: (actor, userId) =>
      change(actor, userId, 'member.remove', async (tx, member, current) => {
        if (actor.userId !== userId && !mayChange(current, member.role)) return forbidden()
        if (await isLastOwner(tx, actor.organizationId, member)) return lastOwner()
        await tx.forOrganization(actor.organizationId)(members).delete(member._id)
        return { ok: true, value: undefined }
      }),
  }
}

type Change<T> = (tx: Transaction, member: MemberDocument, actor: MemberActor) => Promise<Outcome<T>>

/** Owners change everyone, admins everyone but owners, and nobody makes another more than they are. */
function mayChange(actor: MemberActor, role: Role): boolean {
  return actor.role === 'owner' || (actor.role === 'admin' && role !== 'owner')
}

async function isLastOwner(tx: Transaction, organizationId: string, member: MemberDocument): Promise<boolean> {
  if (member.role !== 'owner') return false
  const owners = await tx
    .forOrganization(organizationId)(members)
    .find({ where: { role: 'owner' }, limit: 2 })
  return owners.data.length < 2
}

function forbidden() {
  return refused('PERMISSION_DENIED', 'your role in this organization does not allow this')
}

function lastOwner() {
  return refused('LAST_OWNER', 'name another owner first')
}

async function withUsers(store: Store, found: readonly MemberDocument[]): Promise<Member[]> {
  const known = await store
    .asSystem(REASON)(users)
    .getMany(found.map(({ userId }) => userId))
  const byId = new Map(known.map((user) => [user._id, user]))
  return found.map((member) => publicMember(member, byId.get(member.userId)))
}

function publicMember(member: MemberDocument, user: { email: string; name: string } | undefined): Member {
  const { userId, role, since } = member
  return { userId, email: user?.email ?? '', name: user?.name ?? '', role, since }
}
