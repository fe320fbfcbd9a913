import { collection, type Stored } from '../storage/port.ts'

/**
 * PENDING waits or is tried again. SKIPPED: there was nothing to tell (uninstalled, not granted, record gone). STOPPED:
 * the event came out of too long a chain of reactions. DEAD: every try failed; an admin may have it tried anew.
 */
export type DeliveryState = 'PENDING' | 'DELIVERED' | 'SKIPPED' | 'STOPPED' | 'DEAD'

/** One event on its way to one installation. */
export interface Delivery extends Stored {
  organizationId: string
  installationId: string
  extension: string
  eventId: string
  /** What the installation subscribed to. */
  type: string
  occurredAt: string
  /** The event's place in the order of the organization's. */
  sequence: number
  /** Reactions that led to the event; 0 for what no event handler did. */
  depth: number
  resource?: string
  recordId?: string
  revision?: number
  /** Names of the fields that changed. */
  changed?: string[]
  /** Of an emitted event: JSON text, and who emitted it. */
  data?: string
  emitter?: string
  state: DeliveryState
  reason?: string
  /** While it is PENDING: deliveries of one lane go one after another. */
  lane?: string
  jobId?: string
  attempts: number
  lastError?: { code: string; message: string }
  createdAt: string
  endedAt?: string
  /** When it may be forgotten; absent while it is PENDING. */
  purgeAt?: string
}

export const deliveries = collection<Delivery>({
  name: 'event-deliveries',
  scope: 'organization',
  indexes: {
    lane: { fields: ['lane', 'sequence'] },
    state: { fields: ['state', 'createdAt'] },
    created: { fields: ['createdAt'] },
    event: { fields: ['eventId'] },
    installation: { fields: ['installationId', 'createdAt'] },
    purge: { fields: ['purgeAt'], global: true },
  },
})

export const eventsCollections = [deliveries]

/** Deliveries for one record to one installation keep their order; emitted events have none. */
export function laneOf({
  installationId,
  resource,
  recordId,
}: Pick<Delivery, 'installationId' | 'resource' | 'recordId'>): string | undefined {
  return resource === undefined || recordId === undefined ? undefined : `${installationId}:${resource}/${recordId}`
}
