import type { Json, JsonObject } from '@annex/sdk/json'
import type { InvocationOutcome } from '../invocations/invocation.ts'
import { type Result, refusal, success } from '../result.ts'
import type { RunFailure } from '../sandbox/run.ts'
import { bindingsOf, configOf, type Integration } from './integration.ts'
import type { Person } from './integration-access.ts'
import { credentialsOf } from './integration-credentials.ts'
import { entryOf, findManaged, type IntegrationDeps } from './integration-deps.ts'

export interface ActionRequest {
  /** By the action's own schema; none if absent. */
  params?: JsonObject
  /** Keeps the recording of the run also when it succeeds. */
  record?: boolean
}

/** What an action gave, or how it failed. `runId` names its run among the installation's invocations. */
export type ActionResult =
  | { ok: true; runId: string; result: Json }
  | { ok: false; runId: string; error: Pick<RunFailure, 'class' | 'code' | 'message' | 'retryable' | 'retryAfter'> }

/**
 * Calls an action of the connector. A person or key started it, so it acts with their grants and the installation's. An
 * action that fails is a result, not a refusal; `NOT_FOUND` for one that the connector does not have, `INVALID_ARGUMENT`
 * for params that do not fit its schema, `CONFLICT` while the integration or its connector is disabled.
 */
export async function runAction(
  deps: IntegrationDeps,
  principal: Person,
  { idOrSlug, action }: { idOrSlug: string; action: string },
  { params = {}, record = false }: ActionRequest,
): Promise<Result<ActionResult>> {
  const found = await findManaged(deps, principal, idOrSlug, 'integration.action')
  if (!found.ok) return found
  const integration = found.value
  // What an action does on the other side no scope of ours names: a key must at least move some of its records.
  if (principal.kind !== 'user' && Object.keys(bindingsOf(integration)).length === 0)
    return refusal('PERMISSION_DENIED', 'a key runs actions only where it may sync a stream')
  if (integration.status === 'DISABLED') return refusal('CONFLICT', 'the integration is disabled')
  const connector = await deps.connectors.get(integration.organizationId, integration.connectorId)
  if (!connector) return refusal('CONFLICT', 'the connector is disabled or not installed')
  const schema = Object.hasOwn(connector.actions, action) ? connector.actions[action] : undefined
  if (!schema) return refusal('NOT_FOUND', `${connector.displayName} has no such action`)
  const verdict = await deps.connectors.validateParams(schema, params)
  if (!verdict.ok)
    return refusal('INVALID_ARGUMENT', 'the params do not fit the action', { details: { errors: verdict.errors } })
  const outcome = await deps.invocations.invoke({
    organizationId: integration.organizationId,
    installationId: integration.connectorId,
    handler: ['actions', action, 'run'],
    args: [params],
    reason: 'action',
    actor: principal,
    config: configOf(integration),
    credentials: credentialsOf(deps.secretBox, integration),
    integrationId: integration._id,
    ...(record && { record }),
  })
  await noted(deps, principal, integration, action, outcome)
  return success(resultOf(outcome))
}

/** Its host calls have their own rows; this one says who had it run. */
async function noted(
  { audit }: IntegrationDeps,
  principal: Person,
  { _id }: Integration,
  action: string,
  { ok, runId, ...rest }: InvocationOutcome,
): Promise<void> {
  const code = 'failure' in rest ? { code: rest.failure.code } : {}
  const details = { action, runId, ...code }
  const entry = { action: 'integration.action', target: _id, outcome: ok ? 'allowed' : 'failed', details } as const
  await audit.write(entryOf(principal, entry))
}

function resultOf(outcome: InvocationOutcome): ActionResult {
  const { runId } = outcome
  if (outcome.ok) return { ok: true, runId, result: outcome.value ?? null }
  const { class: ending, code, message, retryable, retryAfter } = outcome.failure
  const later = retryAfter === undefined ? {} : { retryAfter }
  return { ok: false, runId, error: { class: ending, code, message, retryable, ...later } }
}
