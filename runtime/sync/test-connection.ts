import { type Result, refusal, success } from '../result.ts'
import { type ConnectionTestResult, connectionTestResult } from './connection-test.ts'
import { configOf, type Integration, type IntegrationStatus, integrations } from './integration.ts'
import type { Person } from './integration-access.ts'
import { credentialsOf } from './integration-credentials.ts'
import { entryOf, findManaged, type IntegrationDeps } from './integration-deps.ts'
import { logLines } from './integration-log.ts'

/**
 * Runs the connector's `check`. A person started it, so it acts with their grants and the installation's. A test that
 * fails is a result, not a refusal.
 */
export async function testConnection(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  { record = false }: { record?: boolean } = {},
): Promise<Result<ConnectionTestResult>> {
  const found = await findManaged(deps, principal, idOrSlug, 'integration.test')
  if (!found.ok) return found
  const integration = found.value
  if (integration.status === 'DISABLED') return refusal('CONFLICT', 'the integration is disabled')
  const outcome = await deps.invocations.invoke({
    organizationId: integration.organizationId,
    installationId: integration.connectorId,
    handler: ['check'],
    args: [],
    reason: 'check',
    actor: principal,
    config: configOf(integration),
    credentials: credentialsOf(deps.secretBox, integration),
    integrationId: integration._id,
    ...(record && { record }),
  })
  const result = connectionTestResult(outcome, deps.clock.iso())
  await keepResult(deps, principal, integration, result)
  return success(result)
}

async function keepResult(
  { store, ids, audit }: IntegrationDeps,
  principal: Person,
  { _id, organizationId, status }: Integration,
  result: ConnectionTestResult,
): Promise<void> {
  const failed = result.steps.find(({ ok }) => !ok)
  const code = failed?.code === undefined ? {} : { code: failed.code.slice(0, 64).toWellFormed() }
  const message = result.ok
    ? 'connection test passed'
    : `connection test failed: ${failed?.name} ${failed?.message ?? ''}`
  const next = statusAfter(status, result.ok, failed?.code)
  await store.tx(async (tx) => {
    const set = { healthStatus: result.ok ? 'HEALTHY' : 'UNHEALTHY' }
    const mine = tx.forOrganization(organizationId)(integrations)
    await mine.patch(_id, { set })
    if (next !== status) await mine.patch(_id, { set: { status: next } }, { where: { status } })
    const place = { organizationId, integrationId: _id, ids, at: result.testedAt }
    await logLines(tx, place, [{ level: result.ok ? 'INFO' : 'ERROR', message, ...code }])
    const outcome = result.ok ? 'allowed' : 'failed'
    await audit.within(tx, entryOf(principal, { action: 'integration.test', target: _id, outcome, details: code }))
  })
}

/** A test that passes puts a draft into service, and mends an error; a person's PAUSED stays. */
function statusAfter(status: IntegrationStatus, ok: boolean, code: string | undefined): IntegrationStatus {
  if (ok) return status === 'DRAFT' || status === 'ERROR' ? 'ACTIVE' : status
  return status === 'ACTIVE' && code === 'AUTHENTICATION_FAILED' ? 'ERROR' : status
}
