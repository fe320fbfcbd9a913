import type { Audit } from '../../runtime/audit/audit.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { written } from '../publishing/commit.ts'
import { type InstallRequestDocument, installRequests } from './install-requests-collection.ts'
import type { InstallationDocument } from './installation-collections.ts'

interface DecisionDeps {
  clock: Clock
  audit: Audit
}

export type Decision = { state: 'approved'; installationId: string } | { state: 'declined'; reason: string }

const MOST = 1000

/** Closes an open request inside `commit`; `by` is a user's id. */
export async function decideRequest(
  deps: DecisionDeps,
  tx: Transaction,
  { _id, rev, organizationId = '' }: InstallRequestDocument,
  { by, state, ...more }: Decision & { by: string },
): Promise<InstallRequestDocument> {
  const decision = { by, at: deps.clock.iso(), ...more }
  const patch = { set: { state, decision }, unset: ['openKey'] }
  const after = written(await tx.forOrganization(organizationId)(installRequests).patch(_id, patch, { rev }))
  await tellRequest(deps, tx, after, { actor: by, action: `install_request.${state}` })
  return after
}

/**
 * What becomes active is what members asked for, whichever way the admin took to it: their open requests are approved by
 * whoever installed, in the commit that activates.
 */
export async function approveOpenRequests(
  deps: DecisionDeps,
  tx: Transaction,
  { _id: installationId, organizationId = '', extension, version, consent }: InstallationDocument,
): Promise<void> {
  const query = { where: { state: 'open', extension }, limit: MOST }
  const { data } = await tx.forOrganization(organizationId)(installRequests).find(query)
  const by = consent.by.replace(/^user:/, '')
  for (const request of data)
    if (request.version === undefined || request.version === version)
      await decideRequest(deps, tx, request, { by, state: 'approved', installationId })
}

/** In the event `by` is who asked, whoever acted: both sides are told. */
export async function tellRequest(
  { audit }: Pick<DecisionDeps, 'audit'>,
  tx: Transaction,
  request: InstallRequestDocument,
  { actor, action }: { actor: string; action: string },
): Promise<void> {
  const { _id: requestId, organizationId = '', extension, version, by, decision, message } = request
  const asked = { extension, ...(version && { version }), by }
  const payload = { requestId, ...asked, actor, message, ...(decision && { decision: { ...decision } }) }
  tx.emit({ partition: organizationId, type: action, payload })
  const details = { ...asked, ...(decision && { ...decision }) }
  const entry = { organizationId, actor: `user:${actor}`, action, target: requestId }
  await audit.within(tx, { ...entry, outcome: 'allowed', details })
}
