import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Handles, Store, Transaction } from '../../runtime/storage/port.ts'
import {
  type MemberDocument,
  members,
  type OrganizationDocument,
  organizations,
  type Role,
} from './accounts-collections.ts'

export interface Organization {
  id: string
  name: string
  createdAt: string
}

export interface Organizations {
  /** Creates it with its first owner, within the caller's transaction. */
  create(tx: Transaction, ownerId: string, name: string): Promise<Organization>
  /** Those that the user belongs to, with the role, oldest membership first; at most 1,000. */
  listOf(userId: string): Promise<(Organization & { role: Role })[]>
  get(organizationId: string, within?: Handles): Promise<Organization | undefined>
  /** A further organization of a user, who becomes its owner. */
  found(ownerId: string, name: string): Promise<Organization>
  membership(organizationId: string, userId: string): Promise<MemberDocument | undefined>
  /** The ids alone, for the choice of a default. */
  idsOf(userId: string): Promise<string[]>
}

const REASON = 'a person looks over their own organizations'

export function createOrganizations(deps: { store: Store; clock: Clock; ids: Ids; audit: Audit }): Organizations {
  const { store } = deps
  const mine = async (userId: string) =>
    (await store.asSystem(REASON)(members).find({ where: { userId }, limit: 1000 })).data
  const idsOf = async (userId: string) => (await mine(userId)).map(({ _id }) => organizationOf(_id))
  return {
    create: (tx, ownerId, name) => create(deps, tx, ownerId, name),
    async listOf(userId) {
      const roles = new Map((await mine(userId)).map((member) => [organizationOf(member._id), member.role]))
      const found = await store
        .asSystem(REASON)(organizations)
        .getMany([...roles.keys()])
      return found.map((organization) => ({
        ...publicOrganization(organization),
        role: roles.get(organization._id) ?? 'member',
      }))
    },
    found: (ownerId, name) => store.tx((tx) => create(deps, tx, ownerId, name)),
    async get(organizationId, within: Handles = store) {
      const organization = await within.asSystem(REASON)(organizations).get(organizationId)
      return organization && publicOrganization(organization)
    },
    membership: (organizationId, userId) =>
      store.forOrganization(organizationId)(members).get(memberId(organizationId, userId)),
    idsOf,
  }
}

async function create(
  { clock, ids, audit }: { clock: Clock; ids: Ids; audit: Audit },
  tx: Transaction,
  ownerId: string,
  name: string,
): Promise<Organization> {
  const id = ids('org')
  const createdAt = clock.iso()
  const draft = { _id: id, name, createdBy: ownerId, createdAt, memberChanges: 0 }
  const organization = await tx.asSystem('an organization begins')(organizations).insert(draft)
  const owner = { _id: memberId(id, ownerId), userId: ownerId, role: 'owner' as const, since: createdAt }
  await tx.forOrganization(id)(members).insert(owner)
  const entry = { organizationId: id, actor: `user:${ownerId}`, action: 'organization.create', target: id }
  await audit.within(tx, { ...entry, outcome: 'allowed' })
  return publicOrganization(organization)
}

export function memberId(organizationId: string, userId: string): string {
  return `${organizationId}:${userId}`
}

function organizationOf(id: string): string {
  return id.slice(0, id.indexOf(':'))
}

function publicOrganization({ _id: id, name, createdAt }: OrganizationDocument): Organization {
  return { id, name, createdAt }
}
