import { bindingsOf } from './integration.ts'
import type { QuarantinePlace } from './quarantine.ts'
import type { SyncSession } from './sync-session.ts'

/** Where the session's rejected records of a stream go. */
export function quarantinePlace(session: SyncSession, stream: string, at: string): QuarantinePlace {
  const { organizationId, integration, run, redactor } = session
  const resource = bindingsOf(integration)[stream]?.resource
  const place = { organizationId, integrationId: integration._id, stream, runId: run._id, at, redactor }
  return resource === undefined ? place : { ...place, resource }
}
