import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Ids } from '../../runtime/ids.ts'
import type { Handle, Store, Transaction } from '../../runtime/storage/port.ts'
import { normalizeEmail } from '../accounts/email.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { keyedHash, randomSecret } from '../accounts/secret-text.ts'
import { deleteAll } from '../delete-all.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit, written } from './commit.ts'
import { memberDraft, notePublisher, refuseUnlessOwner, roleIn, touchPublisher } from './publishers.ts'
import {
  type PublisherInvitationDocument,
  type PublisherRole,
  publisherInvitations,
  publisherMembers,
} from './publishing-collections.ts'

/** How many of a publisher's invitations may be open, and how long one is good for. */
export const INVITATION_LIMITS = { open: 20, lifetimeMs: 7 * 24 * 3_600_000 } as const

/** Whom an invitation is for. Whether there is such an account is neither asked nor told. */
export interface Invited {
  email?: string
  userId?: string
}

export interface PublisherInvitation extends Invited {
  id: string
  role: PublisherRole
  invitedBy: string
  createdAt: string
  expiresAt: string
}

export interface PublisherInvitations {
  /** Owners only. An open one for the same person is replaced. The token is shown once, to be handed over. */
  create(
    identity: Identity,
    slug: string,
    draft: Invited & { role: PublisherRole },
  ): Promise<Outcome<PublisherInvitation & { token: string }>>
  /** The open ones; owners only. */
  list(identity: Identity, slug: string): Promise<Outcome<PublisherInvitation[]>>
  withdraw(identity: Identity, slug: string, id: string): Promise<Outcome<undefined>>
  /** For the person who was invited, as long as whoever invited them is an owner. `INVITATION_INVALID`, `CONFLICT`. */
  accept(identity: Identity, token: string): Promise<Outcome<{ publisher: string; role: PublisherRole }>>
  decline(identity: Identity, token: string): Promise<Outcome<undefined>>
  /** Deletes what has expired. */
  sweep(): Promise<void>
}

export interface PublisherInvitationsDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  pepper: Uint8Array
}

const REASON = 'publishers and their invitations belong to no organization'

export function createPublisherInvitations(deps: PublisherInvitationsDeps): PublisherInvitations {
  const { store, clock } = deps
  return {
    create: (identity, slug, draft) => create(deps, identity, slug, draft),
    async list(identity, slug) {
      const system = store.asSystem(REASON)
      const refusal = await refuseUnlessOwner(system, identity, slug)
      return refusal ?? { ok: true, value: (await openOf(system, slug, clock)).map(publicInvitation) }
    },
    withdraw: (identity, slug, id) => withdraw(deps, identity, slug, id),
    accept: (identity, token) => accept(deps, identity, token),
    decline: (identity, token) => decline(deps, identity, token),
    async sweep() {
      await deleteAll(store.asSystem(REASON)(publisherInvitations), { expiresAt: { $lt: clock.iso() } })
    },
  }
}

async function create(
  { store, clock, ids, audit, pepper }: PublisherInvitationsDeps,
  identity: Identity,
  slug: string,
  { role, ...asked }: Invited & { role: PublisherRole },
): ReturnType<PublisherInvitations['create']> {
  const invited = readInvited(asked)
  if (!invited) return refused('INVALID_ARGUMENT', 'invite an email address or the id of a user, one of the two')
  const token = randomSecret()
  const row = { _id: ids('inv'), publisher: slug, ...invited, role, tokenHash: keyedHash(pepper, token) }
  return commit(store, async (tx) => {
    const system = tx.asSystem(REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    await touchPublisher(system, slug)
    const open = await openOf(system, slug, clock)
    const former = open.filter(({ email, userId }) => email === invited.email && userId === invited.userId)
    if (open.length - former.length >= INVITATION_LIMITS.open)
      return refused('QUOTA_EXCEEDED', `at most ${INVITATION_LIMITS.open} invitations of a publisher are open at once`)
    for (const { _id } of former) await system(publisherInvitations).delete(_id)
    const createdAt = clock.iso()
    const expiresAt = isoPlus(createdAt, INVITATION_LIMITS.lifetimeMs)
    const made = await system(publisherInvitations).insert({ ...row, invitedBy: identity.userId, createdAt, expiresAt })
    const details = { invitation: made._id, role, ...(former[0] ? { replaces: former[0]._id } : {}) }
    await notePublisher(audit, tx, { actor: identityName(identity), action: 'publisher.invite', slug, details })
    return { ok: true, value: { ...publicInvitation(made), token } }
  })
}

async function withdraw(
  { store, audit }: PublisherInvitationsDeps,
  identity: Identity,
  slug: string,
  id: string,
): Promise<Outcome<undefined>> {
  return commit(store, async (tx) => {
    const system = tx.asSystem(REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    await touchPublisher(system, slug)
    const invitation = await system(publisherInvitations).get(id)
    if (invitation?.publisher !== slug) return refused('NOT_FOUND', 'there is no such open invitation')
    await end({ tx, audit, identity, action: 'publisher.invitation.withdraw' }, invitation)
    return { ok: true, value: undefined }
  })
}

async function accept(
  deps: PublisherInvitationsDeps,
  identity: Identity,
  token: string,
): ReturnType<PublisherInvitations['accept']> {
  const { store, clock, audit } = deps
  return commit(store, async (tx) => {
    const system = tx.asSystem(REASON)
    const invitation = await invitationFor(deps, system, identity, token)
    if (!invitation) return invalid()
    const { publisher, role, invitedBy } = invitation
    await touchPublisher(system, publisher)
    // Else an owner who was put out would come back in through an invitation made before.
    if ((await roleIn(system, invitedBy, publisher)) !== 'owner') return invalid()
    if (await roleIn(system, identity.userId, publisher)) return refused('CONFLICT', 'you are a member already')
    await end({ tx, audit, identity, action: 'publisher.invitation.accept' }, invitation)
    const draft = memberDraft(publisher, identity.userId, role, invitedBy, clock.iso())
    await system(publisherMembers).insert(draft)
    return { ok: true, value: { publisher, role } }
  })
}

async function decline(deps: PublisherInvitationsDeps, identity: Identity, token: string): Promise<Outcome<undefined>> {
  return commit(deps.store, async (tx) => {
    const system = tx.asSystem(REASON)
    const invitation = await invitationFor(deps, system, identity, token)
    if (!invitation) return invalid()
    await touchPublisher(system, invitation.publisher)
    await end({ tx, audit: deps.audit, identity, action: 'publisher.invitation.decline' }, invitation)
    return { ok: true, value: undefined }
  })
}

/** The open invitation with this token, if it is for this person. */
async function invitationFor(
  { clock, pepper }: PublisherInvitationsDeps,
  system: Handle,
  identity: Identity,
  token: string,
): Promise<PublisherInvitationDocument | undefined> {
  const where = { tokenHash: keyedHash(pepper, token) }
  const [found] = (await system(publisherInvitations).find({ where, limit: 1 })).data
  if (!found || found.expiresAt <= clock.iso() || identity.kind !== 'user') return undefined
  const theirs = found.email === undefined ? found.userId === identity.userId : found.email === identity.email
  return theirs ? found : undefined
}

/** Only one of those who end it at the same time takes the row away. */
async function end(
  act: { tx: Transaction; audit: Audit; identity: Identity; action: string },
  { _id, rev, publisher: slug, role }: PublisherInvitationDocument,
): Promise<void> {
  const { tx, audit, identity, action } = act
  const gone = await tx.asSystem(REASON)(publisherInvitations).delete(_id, { rev })
  written(gone ? { _id, rev } : undefined)
  const details = { invitation: _id, role }
  await notePublisher(audit, tx, { actor: identityName(identity), action, slug, details })
}

async function openOf(system: Handle, slug: string, clock: Clock): Promise<PublisherInvitationDocument[]> {
  const where = { publisher: slug, expiresAt: { $gt: clock.iso() } }
  return (await system(publisherInvitations).find({ where, limit: INVITATION_LIMITS.open })).data
}

function readInvited({ email, userId }: Invited): Invited | undefined {
  if ((email === undefined) === (userId === undefined)) return undefined
  if (userId !== undefined) return { userId }
  const address = normalizeEmail(email ?? '')
  return address === undefined ? undefined : { email: address }
}

function invalid() {
  return refused('INVITATION_INVALID', 'the invitation is unknown, used, withdrawn, expired or for somebody else')
}

function publicInvitation(document: PublisherInvitationDocument): PublisherInvitation {
  const { _id: id, email, userId, role, invitedBy, createdAt, expiresAt } = document
  const invited = email === undefined ? { userId: userId ?? '' } : { email }
  return { id, ...invited, role, invitedBy, createdAt, expiresAt }
}
