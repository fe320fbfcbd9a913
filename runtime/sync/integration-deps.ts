import type { Audit } from '../audit/audit.ts'
import type { AuditEntry } from '../audit/audit-entry.ts'
import type { Clock } from '../clock.ts'
import type { Connectors } from '../connectors/connectors.ts'
import type { Ids } from '../ids.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { Invocations } from '../invocations/invocation.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { principalName } from '../permissions/principal.ts'
import { type Result, refusal, success } from '../result.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
import type { Store } from '../storage/port.ts'
import { bindingsOf, type Integration, integrations } from './integration.ts'
import { type AccessDecision, mayManage, mayRead, maySee, type Person } from './integration-access.ts'
import type { StreamBindings } from './stream-binding.ts'

export interface IntegrationDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  secretBox: SecretBox
  installations: InstallationSource
  connectors: Connectors
  invocations: Invocations
  jobs: Jobs
}

const ID = /^int_[a-z0-9]{1,40}$/
const SLUG = /^[a-z0-9-]{1,63}$/

/** The integration of that id or slug, if `principal` may see it. Another organization's is `NOT_FOUND`. */
export async function findIntegration(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
): Promise<Result<Integration>> {
  const integration = await lookUp(deps.store, principal.organizationId, idOrSlug)
  if (!integration) return refusal('NOT_FOUND', 'there is no such integration')
  return answered(deps, principal, integration, maySee(principal, bindingsOf(integration)))
}

/** As `findIntegration`, for what tells what its records say. */
export async function findReadable(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
): Promise<Result<Integration>> {
  const found = await findIntegration(deps, principal, idOrSlug)
  if (!found.ok) return found
  return answered(deps, principal, found.value, mayRead(principal, bindingsOf(found.value)))
}

async function answered(
  deps: IntegrationDeps,
  principal: Person,
  integration: Integration,
  decision: AccessDecision,
): Promise<Result<Integration>> {
  if (decision.allowed) return success(integration)
  return refused(deps, principal, { action: 'integration.read', target: integration._id, ...decision })
}

async function lookUp(store: Store, organizationId: string, idOrSlug: string): Promise<Integration | undefined> {
  const mine = store.forOrganization(organizationId)(integrations)
  if (ID.test(idOrSlug)) return mine.get(idOrSlug)
  if (!SLUG.test(idOrSlug)) return undefined
  return (await mine.find({ where: { slug: idOrSlug }, limit: 1 })).data[0]
}

/** As `findIntegration`, for who wants to change, test or sync it. */
export async function findManaged(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  action: string,
): Promise<Result<Integration>> {
  const found = await findIntegration(deps, principal, idOrSlug)
  if (!found.ok) return found
  const denied = await checkManage(deps, principal, bindingsOf(found.value), { action, target: found.value._id })
  return denied ?? found
}

/** `undefined` when allowed; a refusal is in the audit trail before it is answered. */
export async function checkManage(
  deps: IntegrationDeps,
  principal: Person,
  streams: StreamBindings,
  what: { action: string; target?: string },
): Promise<Extract<Result<never>, { ok: false }> | undefined> {
  const decision = mayManage(principal, streams)
  return decision.allowed ? undefined : refused(deps, principal, { ...what, ...decision })
}

async function refused(
  deps: IntegrationDeps,
  principal: Person,
  why: { action: string; target?: string; rule: string; reason: string },
): Promise<Extract<Result<never>, { ok: false }>> {
  const { action, target, rule, reason } = why
  await deps.audit.write(entryOf(principal, { action, outcome: 'refused', rule, ...(target ? { target } : {}) }))
  return refusal('PERMISSION_DENIED', reason)
}

export function entryOf(principal: Person, more: Omit<AuditEntry, 'organizationId' | 'actor'>): AuditEntry {
  return { organizationId: principal.organizationId, actor: principalName(principal), ...more }
}
