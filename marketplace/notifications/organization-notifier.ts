import { createOutboxConsumer, type OutboxConsumer } from '../../runtime/storage/outbox.ts'
import type { OutboxEvent, Transaction } from '../../runtime/storage/port.ts'
import { members, users } from '../accounts/accounts-collections.ts'
import { memberId } from '../accounts/organizations.ts'
import { installRequests } from '../installations/install-requests-collection.ts'
import { installations } from '../installations/installation-collections.ts'
import type { NotifierDeps } from './author-notifier.ts'
import { NOTIFICATION_REASON } from './email-job.ts'
import { ORGANIZATION_TYPES, type OrganizationFacts, type Told, toldOf } from './organization-events.ts'
import { tellPerson } from './tell-person.ts'

export const ORGANIZATIONS_CONSUMER = 'organization-notifications'
const MOST = 1000

/** Tells the people of an organization what becomes of what is installed there; in one commit with the position. */
export function createOrganizationNotifier(deps: NotifierDeps): OutboxConsumer {
  return createOutboxConsumer({
    store: deps.store,
    clock: deps.clock,
    name: ORGANIZATIONS_CONSUMER,
    types: ORGANIZATION_TYPES,
    handle: (event, tx) => tell(deps, tx, event),
    onError: (error) => deps.log.error({ err: error }, 'an organization could not be told'),
  })
}

async function tell(deps: NotifierDeps, tx: Transaction, outbox: OutboxEvent): Promise<void> {
  const told = toldOf(outbox)
  // A draft is its author's own affair.
  if (!told || (await isDraft(tx, told.facts))) return
  const facts = told.audience === 'admins' ? await withRequester(tx, told.facts) : told.facts
  for (const userId of await recipients(tx, told))
    await tellPerson(deps, tx, outbox, { userId, event: told.event, facts })
}

async function isDraft(tx: Transaction, { organizationId = '', installationId }: OrganizationFacts): Promise<boolean> {
  if (installationId === undefined) return false
  return (await tx.forOrganization(organizationId)(installations).get(installationId))?.draft !== undefined
}

/** With what the one who asked is called: an admin knows people by their names. */
async function withRequester(tx: Transaction, facts: OrganizationFacts): Promise<OrganizationFacts> {
  if (facts.requestedBy === undefined) return facts
  const user = await tx.asSystem(NOTIFICATION_REASON)(users).get(facts.requestedBy)
  return user ? { ...facts, requester: user.name } : facts
}

/** Only who still belongs to the organization. */
async function recipients(tx: Transaction, { audience, by, event, facts }: Told): Promise<Set<string>> {
  const { organizationId = '', requestedBy } = facts
  const beginner = by.startsWith('user:') ? [by.slice('user:'.length)] : []
  if (audience === 'admins' || (audience === 'beginner' && beginner.length === 0)) {
    const admins = await adminsOf(tx, organizationId)
    // Who asks as an admin is told of it by the answer.
    if (requestedBy !== undefined) admins.delete(requestedBy)
    return admins
  }
  if (audience === 'requester') return membersAmong(tx, organizationId, requestedBy === undefined ? [] : [requestedBy])
  const asked = audience === 'waiting' ? await requestersOf(tx, facts, event === 'installation.failed') : []
  return membersAmong(tx, organizationId, [...beginner, ...asked])
}

async function adminsOf(tx: Transaction, organizationId: string): Promise<Set<string>> {
  const where = { role: { $in: ['owner', 'admin'] } }
  const { data } = await tx.forOrganization(organizationId)(members).find({ where, limit: MOST })
  return new Set(data.map(({ userId }) => userId))
}

/** Those whose request the installation answers; when it failed, those who still wait for one, too. */
async function requestersOf(
  tx: Transaction,
  { organizationId = '', installationId = '', extension = '' }: OrganizationFacts,
  alsoOpen: boolean,
): Promise<string[]> {
  const requests = tx.forOrganization(organizationId)(installRequests)
  const answered = await requests.find({ where: { 'decision.installationId': installationId }, limit: MOST })
  const open = alsoOpen ? await requests.find({ where: { state: 'open', extension }, limit: MOST }) : { data: [] }
  return [...answered.data, ...open.data].map(({ by }) => by)
}

async function membersAmong(tx: Transaction, organizationId: string, userIds: readonly string[]): Promise<Set<string>> {
  const documents = tx.forOrganization(organizationId)(members)
  const ids = [...new Set(userIds)].slice(0, MOST).map((userId) => memberId(organizationId, userId))
  return new Set((await documents.getMany(ids)).map(({ userId }) => userId))
}
