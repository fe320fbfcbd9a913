import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { createOutboxConsumer, type OutboxConsumer } from '../../runtime/storage/outbox.ts'
import type { OutboxEvent, Store, Transaction } from '../../runtime/storage/port.ts'
import { installations } from '../installations/installation-collections.ts'
import { addToOrganizationDay, addToVersionDay } from './write-day.ts'

/** The name under which the position in the outbox is kept. */
export const ANALYTICS_CONSUMER = 'analytics'

const INSTALLED = 'installation.activated'
const UPGRADED = 'installation.upgraded'
const UNINSTALLED = 'installation.uninstalled'

const Payload = Type.Object({
  installationId: Type.String(),
  extension: Type.String(),
  /** Absent: the one that is installed. */
  version: Type.Optional(Type.String()),
})
type Payload = Static<typeof Payload>

/** Counts what is installed and uninstalled: each once, as the counts are one commit with the position in the outbox. */
export function createInstallFollower({ store, clock, log }: { store: Store; clock: Clock; log: Log }): OutboxConsumer {
  return createOutboxConsumer({
    ...{ store, clock, name: ANALYTICS_CONSUMER, types: [INSTALLED, UPGRADED, UNINSTALLED] },
    async handle(event, tx) {
      if (Value.Check(Payload, event.payload)) await count(tx, event, event.payload)
    },
    onError: (error) => log.error({ err: error }, 'installations could not be counted'),
  })
}

async function count(
  tx: Transaction,
  { partition: organizationId, type, at }: OutboxEvent,
  { installationId, extension, version }: Payload,
): Promise<void> {
  const installation = await tx.forOrganization(organizationId)(installations).get(installationId)
  // A draft is its author's own affair.
  if (!installation || installation.draft) return
  const row = { extension, version: version ?? installation.version, day: at.slice(0, 10) }
  if (type === UNINSTALLED) return addToVersionDay(tx, row, { uninstalls: 1 })
  if (type === UPGRADED) return addToVersionDay(tx, row, { downloads: 1 })
  await addToOrganizationDay(tx, organizationId, row, { set: { installed: true } })
  await addToVersionDay(tx, row, { installs: 1, downloads: 1 })
}
