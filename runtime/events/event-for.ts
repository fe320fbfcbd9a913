import { resourceEventType } from '@annex/sdk/event-types'
import type { JsonObject } from '@annex/sdk/json'
import type { Clock } from '../clock.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import { decide } from '../permissions/decide.ts'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Platform } from '../platform/platform.ts'
import type { Delivery } from './delivery.ts'

export type EventFor = { event: JsonObject } | { skip: string }

/**
 * The event as the installation may see it now: its record is read as by the installation itself, so that conditions,
 * columns and hours of the grant hold and the reading is audited.
 */
export async function eventFor(
  deps: { platform: Platform; clock: Clock },
  delivery: Delivery,
  installation: ActiveInstallation,
): Promise<EventFor> {
  const { eventId: id, type, occurredAt, organizationId } = delivery
  const base = { id, type, occurredAt, organizationId }
  if (delivery.data !== undefined) {
    const { emitter: extension } = delivery
    return { event: { ...base, ...(extension && { extension }), data: JSON.parse(delivery.data) as JsonObject } }
  }
  const data = await dataFor(deps, delivery, installation)
  if ('skip' in data) return data
  const { resource: name, recordId, revision: rev } = delivery
  return { event: { ...base, resource: { name, id: recordId, rev }, data: data.data } }
}

async function dataFor(
  { platform, clock }: { platform: Platform; clock: Clock },
  { type, recordId = '', changed = [] }: Delivery,
  installation: ActiveInstallation,
): Promise<{ data: JsonObject } | { skip: string }> {
  const known = resourceEventType(type)
  if (!known) return { skip: 'there is no such event any more' }
  const { resource, business } = known
  const principal = principalOf(installation)
  const decision = decide(principal, `read:${resource.scope}`, { at: clock.now() })
  if (!decision.allowed) return { skip: decision.reason }
  const { columns, conditions } = decision.limits
  if (type === resource.events.removed) {
    // Of a record that is gone nobody can tell whether the conditions would let it pass.
    return conditions.length > 0
      ? { skip: 'the grant has conditions, and the record is gone' }
      : { data: { changed: [] } }
  }
  // That it is told at all says what the field has become.
  if (business && columns && !columns.includes(business.when.field))
    return { skip: `the grant does not show the field ${business.when.field}` }
  const found = await platform.get(principal, resource.name, recordId)
  if (!found.ok) return { skip: found.error.message }
  const record: JsonObject = found.value
  if (business) {
    const entries = Object.entries(business.data).map(([as, field]) => [as, record[field]])
    return { data: Object.fromEntries(entries) }
  }
  return { data: { record, changed: columns ? changed.filter((field) => columns.includes(field)) : changed } }
}

function principalOf({ id, organizationId, extension, version, epoch, grants }: ActiveInstallation) {
  const principal: InstallationPrincipal = {
    ...{ kind: 'installation', installationId: id, organizationId, extension, version, epoch, grants },
  }
  return principal
}
