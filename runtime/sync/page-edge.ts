import { integrations, isStopped } from './integration.ts'
import { SyncFailure } from './sync-failure.ts'
import type { SyncSession } from './sync-session.ts'

/** Ends a run that a person does not want any more. Thrown at the edge of a page, caught where the run is. */
export class SyncStopped extends Error {}

/**
 * A stream that never ends must not be synced for ever, be it a connector that goes on yielding or one that changes what
 * it is sent. Counted over all attempts; in pages and not in time, as a run may wait for days for the other side.
 */
const MAX_PAGES = 50_000

/** Whether the run may begin another page: throws `SyncStopped` or `SyncFailure` if not. */
export async function atPageEdge(session: SyncSession): Promise<void> {
  session.signal.throwIfAborted()
  const pages = session.run.streams.reduce((sum, { counters }) => sum + counters.pages, 0)
  if (pages >= MAX_PAGES) throw new SyncFailure('QUOTA_EXCEEDED', `the run is over ${MAX_PAGES} pages long`)
  await refuseStopped(session)
}

/** Who pauses an integration cancels its run too, but may die before that: then the pause bites here. */
async function refuseStopped({ deps, organizationId, integration }: SyncSession): Promise<void> {
  const now = await deps.store.forOrganization(organizationId)(integrations).get(integration._id)
  if (now && isStopped(now.status)) throw new SyncStopped(stoppedBecause(now.status))
}

export function stoppedBecause(status: 'PAUSED' | 'DISABLED'): string {
  return `the integration is ${status.toLowerCase()}`
}
