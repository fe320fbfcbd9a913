import { principalName } from '../permissions/principal.ts'
import { type Result, refusal, success } from '../result.ts'
import { type Draft, type Patch, StorageConflict, type Transaction } from '../storage/port.ts'
import { checkedBy } from './check-request.ts'
import { checkSettings, type Settings } from './check-settings.ts'
import { bindingsOf, configOf, type Integration, integrations, isStopped } from './integration.ts'
import type { Person } from './integration-access.ts'
import { sealCredentials } from './integration-credentials.ts'
import { checkManage, entryOf, findManaged, type IntegrationDeps } from './integration-deps.ts'
import { CreateIntegrationRequest, UpdateIntegrationRequest } from './integration-request.ts'
import { syncRuns } from './run.ts'
import { slugOf } from './slug.ts'

const checkCreate = checkedBy(CreateIntegrationRequest)
const checkUpdate = checkedBy(UpdateIntegrationRequest)

export async function createIntegration(
  deps: IntegrationDeps,
  principal: Person,
  body: unknown,
): Promise<Result<Integration>> {
  const checked = checkCreate(body)
  if (!checked.ok) return checked
  const request = checked.value
  const denied = await checkManage(deps, principal, request.streams, { action: 'integration.create' })
  if (denied) return denied
  const { organizationId } = principal
  const connector = await deps.connectors.get(organizationId, request.connectorId)
  if (!connector) return refusal('NOT_FOUND', 'there is no such connector')
  const { config = {}, credentials, streams } = request
  const settings: Settings = { config, streams, hasCredentials: false, ...(credentials ? { credentials } : {}) }
  const sound = await checkSettings(deps, organizationId, connector, settings)
  if (!sound.ok) return sound
  const fixed = { type: connector.integrationType, ...sound.value }
  const draft = draftOf(deps, principal, request, fixed)
  return store(deps, draft.slug, async (tx) => {
    const integration = await tx.forOrganization(organizationId)(integrations).insert(draft)
    const { _id: target } = integration
    await deps.audit.within(tx, entryOf(principal, { action: 'integration.create', target, outcome: 'allowed' }))
    return integration
  })
}

function draftOf(
  { clock, ids, secretBox }: IntegrationDeps,
  principal: Person,
  request: CreateIntegrationRequest,
  fixed: Pick<Integration, 'type' | 'config' | 'streams'>,
): Draft<Integration> {
  const id = ids('int')
  const now = clock.iso()
  const { name, slug = slugOf(name), description, connectorId, credentials, tags = [] } = request
  return {
    _id: id,
    slug,
    name,
    ...(description === undefined ? {} : { description }),
    connectorId,
    ...fixed,
    ...(credentials === undefined ? {} : { credentials: sealCredentials(secretBox, id, credentials) }),
    syncSettings: request.syncSettings ?? { frequency: 'ON_DEMAND' },
    status: 'DRAFT',
    healthStatus: 'UNKNOWN',
    tags,
    createdBy: principalName(principal),
    createdAt: now,
    updatedAt: now,
  }
}

/** How often a change is made anew when something else, such as the end of a run, touched the integration meanwhile. */
const MAX_TRIES = 5

export async function updateIntegration(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  body: unknown,
): Promise<Result<Integration>> {
  const checked = checkUpdate(body)
  if (!checked.ok) return checked
  const request = checked.value
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const updated = await updateOnce(deps, principal, idOrSlug, request)
    if (!updated.ok) return updated
    if (updated.value) {
      if (isStopped(updated.value.status)) await stopRun(deps, updated.value)
      return success(updated.value)
    }
    if (request.ifRev !== undefined) break
  }
  return moved()
}

/** Nothing when the integration is no longer what was checked. */
async function updateOnce(
  deps: IntegrationDeps,
  principal: Person,
  idOrSlug: string,
  request: UpdateIntegrationRequest,
): Promise<Result<Integration | undefined>> {
  const found = await findManaged(deps, principal, idOrSlug, 'integration.update')
  if (!found.ok) return found
  const before = found.value
  if (request.ifRev !== undefined && request.ifRev !== before.rev) return moved()
  const streams = request.streams ?? bindingsOf(before)
  const denied = await checkManage(deps, principal, streams, { action: 'integration.update', target: before._id })
  if (denied) return denied
  const sound = await checkChanged(deps, before, request)
  if (!sound.ok) return sound
  return store(deps, before.slug, (tx) => patchIntegration(deps, tx, { principal, before, request, text: sound.value }))
}

/** What stays is checked again too: the connector may be another version by now. */
async function checkChanged(
  deps: IntegrationDeps,
  before: Integration,
  request: UpdateIntegrationRequest,
): Promise<Result<{ config: string; streams: string }>> {
  const { organizationId } = before
  const connector = await deps.connectors.get(organizationId, before.connectorId)
  if (!connector) {
    const touches = request.config ?? request.credentials ?? request.streams
    if (touches !== undefined) return refusal('NOT_FOUND', 'the connector is not installed, or it is disabled')
    return success({ config: before.config, streams: before.streams })
  }
  return checkSettings(deps, organizationId, connector, {
    config: request.config ?? configOf(before),
    streams: request.streams ?? bindingsOf(before),
    hasCredentials: before.credentials !== undefined,
    ...(request.credentials ? { credentials: request.credentials } : {}),
  })
}

interface IntegrationChange {
  principal: Person
  before: Integration
  request: UpdateIntegrationRequest
  text: { config: string; streams: string }
}

async function patchIntegration(
  deps: IntegrationDeps,
  tx: Transaction,
  { principal, before, request, text }: IntegrationChange,
): Promise<Integration | undefined> {
  const { credentials, ifRev: _ifRev, config: _config, streams: _streams, ...plain } = request
  const sealed =
    credentials === undefined ? {} : { credentials: { ...sealCredentials(deps.secretBox, before._id, credentials) } }
  const patch: Patch = { set: { ...plain, ...text, ...sealed, updatedAt: deps.clock.iso() } }
  const mine = tx.forOrganization(before.organizationId)(integrations)
  const updated = await mine.patch(before._id, patch, { rev: before.rev })
  const details = { fields: Object.keys(request) }
  const entry = entryOf(principal, { action: 'integration.update', target: before._id, outcome: 'allowed', details })
  if (updated) await deps.audit.within(tx, entry)
  return updated
}

async function stopRun({ store, jobs }: IntegrationDeps, { organizationId, _id }: Integration): Promise<void> {
  const { data } = await store
    .forOrganization(organizationId)(syncRuns)
    .find({ where: { activeKey: _id }, limit: 1 })
  if (data[0]) await jobs.cancel(organizationId, data[0].jobId)
}

function moved(): Extract<Result<never>, { ok: false }> {
  return refusal('CONFLICT', 'the integration was changed in the meantime')
}

async function store<T>(
  deps: IntegrationDeps,
  slug: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<Result<T>> {
  try {
    return success(await deps.store.tx(work))
  } catch (error) {
    if (!(error instanceof StorageConflict) || error.index !== 'slug') throw error
    return refusal('CONFLICT', `another integration has the slug ${slug}`)
  }
}
