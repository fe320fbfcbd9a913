import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Store, Transaction } from '../../runtime/storage/port.ts'
import { type Outcome, refused } from '../errors.ts'
import { invitations, members, organizations, type Role } from './accounts-collections.ts'
import { normalizeEmail } from './email.ts'
import type { MemberActor } from './members.ts'
import { memberId } from './organizations.ts'
import { keyedHash, randomSecret } from './secret-text.ts'

export interface Invitation {
  id: string
  email: string
  role: Role
  createdAt: string
  expiresAt: string
  /** Shown once, to be handed to the invited person. */
  token: string
}

export interface Invitations {
  create(actor: MemberActor, draft: { email: string; role: Role }): Promise<Outcome<Invitation>>
  /** Makes `user` a member; only the invited address may use the token, and once. A refusal has written nothing. */
  accept(
    tx: Transaction,
    user: { id: string; email: string },
    token: string,
  ): Promise<Outcome<{ organizationId: string; role: Role }>>
}

const LIFETIME_MS = 7 * 24 * 3_600_000

interface InvitationDependencies {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  pepper: Uint8Array
}

export function createInvitations(deps: InvitationDependencies): Invitations {
  return {
    create: (actor, draft) => create(deps, actor, draft),
    accept: (tx, user, token) => accept(deps, tx, user, token),
  }
}

async function create(
  { store, clock, ids, audit, pepper }: InvitationDependencies,
  actor: MemberActor,
  draft: { email: string; role: Role },
): Promise<Outcome<Invitation>> {
  const email = normalizeEmail(draft.email)
  if (email === undefined) return refused('INVALID_ARGUMENT', 'the email address is malformed')
  if (!mayInvite(actor.role, draft.role))
    return refused('PERMISSION_DENIED', 'your role in this organization does not allow this')
  const { organizationId } = actor
  const token = randomSecret()
  const createdAt = clock.iso()
  const shown = { email, role: draft.role, createdAt, expiresAt: isoPlus(createdAt, LIFETIME_MS) }
  const id = ids('inv')
  await store.tx(async (tx) => {
    const row = { _id: id, ...shown, tokenHash: keyedHash(pepper, token), invitedBy: actor.userId }
    await tx.forOrganization(organizationId)(invitations).insert(row)
    const entry = { organizationId, actor: `user:${actor.userId}`, action: 'invitation.create', target: id }
    await audit.within(tx, { ...entry, outcome: 'allowed', details: { role: draft.role } })
  })
  return { ok: true, value: { id, ...shown, token } }
}

function mayInvite(by: Role, as: Role): boolean {
  return by === 'owner' || (by === 'admin' && as !== 'owner')
}

async function accept(
  { clock, audit, pepper }: InvitationDependencies,
  tx: Transaction,
  user: { id: string; email: string },
  token: string,
): ReturnType<Invitations['accept']> {
  const open = tx.asSystem('an invitation is found by its token')(invitations)
  const [invitation] = (await open.find({ where: { tokenHash: keyedHash(pepper, token) }, limit: 1 })).data
  const invalid = refused('INVITATION_INVALID', 'the invitation is unknown, used, expired or for another address')
  if (!invitation?.organizationId || invitation.acceptedAt !== undefined) return invalid
  if (invitation.expiresAt <= clock.iso() || invitation.email !== user.email) return invalid
  const { organizationId, role } = invitation
  const documents = tx.forOrganization(organizationId)(members)
  // Who may not invite any more has invited nobody: an admin who was put out comes back by no second account.
  const inviter = await documents.get(memberId(organizationId, invitation.invitedBy))
  if (!inviter || !mayInvite(inviter.role, role)) return invalid
  const id = memberId(organizationId, user.id)
  if (await documents.get(id)) return refused('CONFLICT', 'the user is a member already')
  await tx
    .forOrganization(organizationId)(invitations)
    .patch(invitation._id, { set: { acceptedAt: clock.iso() } })
  await documents.insert({ _id: id, userId: user.id, role, since: clock.iso() })
  await tx
    .asSystem('members change')(organizations)
    .patch(organizationId, { inc: { memberChanges: 1 } })
  const entry = { organizationId, actor: `user:${user.id}`, action: 'invitation.accept', target: invitation._id }
  await audit.within(tx, { ...entry, outcome: 'allowed', details: { role } })
  return { ok: true, value: { organizationId, role } }
}
