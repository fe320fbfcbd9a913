import type { HostCallArguments } from '@annex/sdk/host-api'
import type { JsonObject } from '@annex/sdk/json'
import type { Clock } from '../clock.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import { principalName } from '../permissions/principal.ts'
import { refusal, success } from '../result.ts'
import { collection, type Handle, type Store, type Stored } from '../storage/port.ts'
import type { Answer, CallContext } from './call-context.ts'

/** The type in the outbox of every event that an extension emits; its own type is in the payload. */
export const EMITTED = 'extension.emitted'
/** JSON text of one event's data. */
export const MAX_EVENT_BYTES = 64 * 1024
/** Events that an installation may emit in a minute of the clock. */
export const MAX_EVENTS_PER_MINUTE = 600

const MINUTE_MS = 60_000

/** What an installation emitted in a minute. `_id` is the installation. */
interface EmissionCount extends Stored {
  minute: number
  count: number
}

export const emissionCounts = collection<EmissionCount>({
  name: 'emission-counts',
  scope: 'organization',
  indexes: {},
})

/** `ctx.events`: what an extension tells others of its organization, of the types that its manifest declares. */
export function createEventCalls({
  store,
  clock,
  declarations,
}: {
  store: Store
  clock: Clock
  declarations?: DeclarationSource
}) {
  return {
    'events.emit': async (
      { installation, principal, code }: CallContext,
      { type, data }: HostCallArguments<'events.emit'>,
    ): Answer => {
      const declared = await declarations?.of(code)
      if (!declared?.events.emits.includes(type)) return undeclared(type)
      const text = JSON.stringify(data)
      if (Buffer.byteLength(text) > MAX_EVENT_BYTES) {
        return refusal('QUOTA_EXCEEDED', `the data of an event has at most ${MAX_EVENT_BYTES} bytes`)
      }
      const { organizationId, id, extension } = installation
      const { cause } = principal
      // As text: its keys are the guest's and need not be field names that an engine takes.
      const event: JsonObject = { type, extension, data: text, by: principalName(principal) }
      const payload = cause ? { ...event, cause: { ...cause } } : event
      return store.tx(async (tx) => {
        const now = clock.now()
        if (!(await takePlace(tx.forOrganization(organizationId), id, now))) {
          const retryAfter = Math.ceil((MINUTE_MS - (now % MINUTE_MS)) / 1000)
          return refusal('RATE_LIMIT_EXCEEDED', `more than ${MAX_EVENTS_PER_MINUTE} events in a minute`, { retryAfter })
        }
        tx.emit({ partition: organizationId, type: EMITTED, payload })
        return success(null)
      })
    },
  }
}

function undeclared(type: string) {
  const details = { rule: 'event-not-declared' }
  return refusal('PERMISSION_DENIED', `the manifest declares no event ${type.slice(0, 128)} that it emits`, { details })
}

async function takePlace(of: Handle, installationId: string, now: number): Promise<boolean> {
  if (await isMinuteFull(of, installationId, now)) return false
  await countEvents(of, installationId, { now, count: 1 })
  return true
}

/** Whether the installation has emitted all that it may in this minute. */
export async function isMinuteFull(of: Handle, installationId: string, now: number): Promise<boolean> {
  return (await countedIn(of, installationId, now)) >= MAX_EVENTS_PER_MINUTE
}

/** Counts events that are emitted in the same transaction. */
export async function countEvents(
  of: Handle,
  installationId: string,
  { now, count }: { now: number; count: number },
): Promise<void> {
  const total = (await countedIn(of, installationId, now)) + count
  await of(emissionCounts).put({ _id: installationId, minute: Math.floor(now / MINUTE_MS), count: total })
}

async function countedIn(of: Handle, installationId: string, now: number): Promise<number> {
  const stored = await of(emissionCounts).get(installationId)
  return stored?.minute === Math.floor(now / MINUTE_MS) ? stored.count : 0
}
