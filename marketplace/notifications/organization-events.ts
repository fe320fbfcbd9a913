import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { OutboxEvent } from '../../runtime/storage/port.ts'

/** What the people of an organization are told of what is installed there. */
export const ORGANIZATION_EVENTS = [
  'install_request.created',
  'install_request.approved',
  'install_request.declined',
  'installation.activated',
  'installation.failed',
  'installation.upgrade_pending_consent',
  'installation.upgraded',
  'installation.upgrade_failed',
  'installation.rolled_back',
  'installation.disabled',
  'installation.enabled',
  'installation.uninstalled',
  'installation.blocked',
  'installation.unblocked',
  'rating.answered',
] as const
export type OrganizationEvent = (typeof ORGANIZATION_EVENTS)[number]

export type OrganizationFacts = {
  organizationId?: string
  /** `@publisher/name`. */
  extension?: string
  version?: string
  /** The version before. */
  from?: string
  installationId?: string
  requestId?: string
  /** A user's id, and what they are called. */
  requestedBy?: string
  requester?: string
  /** Why it was disabled. */
  reason?: string
  /** Where it failed, and how. */
  step?: string
  code?: string
  texts?: string[]
}

/**
 * `admins` decide on what is installed; the `requester` asked for it; `waiting` are whoever began the installation and
 * whoever asked for it; the `beginner` began it, or the admins if it began by itself.
 */
export type Audience = 'admins' | 'requester' | 'waiting' | 'beginner'

export interface Told {
  event: OrganizationEvent
  audience: Audience
  facts: OrganizationFacts
  /** Who began it, as the event names them: a principal or `system`. */
  by: string
}

const Name = Type.Optional(Type.String())
const Payload = Type.Object({
  extension: Type.String(),
  version: Name,
  from: Name,
  state: Name,
  installationId: Name,
  requestId: Name,
  by: Name,
  actor: Name,
  reason: Name,
  step: Name,
  code: Name,
  message: Name,
  decision: Type.Optional(Type.Object({ reason: Name, installationId: Name })),
})
type Payload = Static<typeof Payload>

interface Kind {
  event: OrganizationEvent
  audience: Audience
  /** Absent: always. */
  when?(payload: Payload): boolean
}

const byItself = ({ by }: Payload) => by === 'system'
const byAnother = ({ by, actor }: Payload) => by !== actor

/** By the type in the outbox. What an admin does to what is installed is told to nobody: they know. */
const KINDS: Readonly<Record<string, Kind>> = {
  'install_request.created': { event: 'install_request.created', audience: 'admins' },
  'install_request.approved': { event: 'install_request.approved', audience: 'requester', when: byAnother },
  'install_request.declined': { event: 'install_request.declined', audience: 'requester', when: byAnother },
  'installation.activated': { event: 'installation.activated', audience: 'waiting' },
  'installation.failed': { event: 'installation.failed', audience: 'waiting' },
  'installation.upgrade_pending_consent': { event: 'installation.upgrade_pending_consent', audience: 'admins' },
  'installation.upgraded': { event: 'installation.upgraded', audience: 'admins', when: byItself },
  'installation.upgrade_failed': { event: 'installation.upgrade_failed', audience: 'beginner' },
  'installation.rolled_back': { event: 'installation.rolled_back', audience: 'admins', when: byItself },
  'installation.disable': { event: 'installation.disabled', audience: 'admins', when: byItself },
  'installation.enable': {
    event: 'installation.enabled',
    audience: 'admins',
    when: (payload) => byItself(payload) && payload.state === 'active',
  },
  'installation.block': { event: 'installation.blocked', audience: 'admins' },
  'installation.unblock': {
    event: 'installation.unblocked',
    audience: 'admins',
    when: ({ state }) => state === 'active',
  },
  'installation.rating_answered': { event: 'rating.answered', audience: 'beginner', when: byAnother },
  'installation.uninstall': { event: 'installation.uninstalled', audience: 'admins', when: byItself },
}

/** What is followed of the outbox. */
export const ORGANIZATION_TYPES = Object.keys(KINDS)

/** What an event of the outbox means to people; nothing: they need not be told. */
export function toldOf({ type, payload, partition }: OutboxEvent): Told | undefined {
  const kind = KINDS[type]
  if (!kind || !Value.Check(Payload, payload)) throw new Error(`${type} says not what people are told`)
  if (kind.when?.(payload) === false) return undefined
  const { event, audience } = kind
  const { extension, version, from, requestId, reason, step, code, by = 'system', decision } = payload
  const installationId = payload.installationId ?? decision?.installationId
  const asked = requestId === undefined ? {} : { requestId, requestedBy: by }
  const texts = textsOf(event, payload)
  const facts = {
    ...{ organizationId: partition, extension, version, from, installationId, reason, step, code, ...asked },
    ...(texts.length > 0 && { texts }),
  }
  return { event, audience, facts: present(facts), by }
}

/** The reasons whose words say it all. */
const PLAIN = new Set(['licence', 'incompatible'])

/** The member's own words are for the admins, the admin's for the member; else what the system has to say. */
function textsOf(event: OrganizationEvent, { message, decision, reason = '' }: Payload): string[] {
  if (event === 'install_request.approved' || PLAIN.has(reason)) return []
  const text = event === 'install_request.declined' ? decision?.reason : message
  return text === undefined || text === '' ? [] : [text.slice(0, 4000).toWellFormed()]
}

function present(facts: Record<string, unknown>): OrganizationFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
