import { type Result, refusal, success } from '../result.ts'
import { type Page, type Query, StorageError, type Stored } from '../storage/port.ts'
import type { ConnectionTestResult } from './connection-test.ts'
import { type Integration, type IntegrationView, integrations, viewOf } from './integration.ts'
import { maySee, type Person } from './integration-access.ts'
import { findIntegration, findReadable, type IntegrationDeps } from './integration-deps.ts'
import { type IntegrationLogLevel, type IntegrationLogLine, integrationLogs } from './integration-log.ts'
import type { CreateIntegrationRequest, SyncRequest, UpdateIntegrationRequest } from './integration-request.ts'
import { syncQuarantine } from './quarantine.ts'
import { type QuarantineView, quarantineView } from './quarantine-view.ts'
import { resultOf, type SyncResult, syncRuns } from './run.ts'
import { type ActionRequest, type ActionResult, runAction } from './run-action.ts'
import { type StartedSync, startSync } from './start-sync.ts'
import { testConnection } from './test-connection.ts'
import { createIntegration, updateIntegration } from './write-integration.ts'

export interface PageQuery {
  cursor?: string
  /** 1 to 200; 50 if absent. */
  limit?: number
}

export interface IntegrationStatusView
  extends Pick<IntegrationView, 'id' | 'slug' | 'status' | 'healthStatus' | 'lastSyncAt' | 'lastResult'> {
  /** The run that is under way or waiting. */
  activeRun?: SyncResult & { jobId: string }
}

export type LogLineView = Omit<IntegrationLogLine, '_id' | 'rev' | 'organizationId' | 'integrationId' | 'place'> & {
  id: string
}

/**
 * The integrations of an organization, for people and keys. An integration is named by its id or its slug. What is
 * another organization's is `NOT_FOUND`; who may see but not manage gets `PERMISSION_DENIED`.
 */
export interface Integrations {
  /** `INVALID_ARGUMENT` with every problem in `details.errors`; `CONFLICT` for a slug that is taken. */
  create(principal: Person, request: CreateIntegrationRequest): Promise<Result<IntegrationView>>
  update(principal: Person, idOrSlug: string, request: UpdateIntegrationRequest): Promise<Result<IntegrationView>>
  get(principal: Person, idOrSlug: string): Promise<Result<IntegrationView>>
  /** Newest first. For a key, those whose resources it may read: a page may hold fewer than its limit. */
  list(principal: Person, query?: PageQuery): Promise<Result<Page<IntegrationView>>>
  /** `record` keeps the recording of the run also when it succeeds. */
  test(principal: Person, idOrSlug: string, options?: { record?: boolean }): Promise<Result<ConnectionTestResult>>
  /** Calls an action of its connector. */
  act(
    principal: Person,
    place: { idOrSlug: string; action: string },
    request: ActionRequest,
  ): Promise<Result<ActionResult>>
  /** `CONFLICT` with the running job's id in `details` when one is under way, or the integration is paused. */
  sync(principal: Person, idOrSlug: string, request?: SyncRequest): Promise<Result<StartedSync>>
  status(principal: Person, idOrSlug: string): Promise<Result<IntegrationStatusView>>
  /** Newest first. `PERMISSION_DENIED` for who may not read what the lines are about. */
  logs(
    principal: Person,
    idOrSlug: string,
    query?: PageQuery & { level?: IntegrationLogLevel },
  ): Promise<Result<Page<LogLineView>>>
  /** Newest first. */
  runs(principal: Person, idOrSlug: string, query?: PageQuery): Promise<Result<Page<SyncResult>>>
  /** Newest first. For who may not read the resource, what the record says is masked. */
  quarantine(
    principal: Person,
    idOrSlug: string,
    query?: PageQuery & { state?: 'OPEN' | 'RESOLVED' },
  ): Promise<Result<Page<QuarantineView>>>
}

const NEWEST_LINE = [
  ['at', 'desc'],
  ['place', 'desc'],
] as const

export function createIntegrations(deps: IntegrationDeps): Integrations {
  const inside = <T>(principal: Person, idOrSlug: string, show: (integration: Integration) => Promise<Result<T>>) =>
    shown(findIntegration(deps, principal, idOrSlug), show)
  return {
    create: async (principal, request) => viewed(await createIntegration(deps, principal, request)),
    update: async (principal, idOrSlug, request) => viewed(await updateIntegration(deps, principal, idOrSlug, request)),
    get: async (principal, idOrSlug) => viewed(await findIntegration(deps, principal, idOrSlug)),
    list: (principal, query = {}) => list(deps, principal, query),
    test: (principal, idOrSlug, options) => testConnection(deps, principal, idOrSlug, options),
    act: (principal, place, request) => runAction(deps, principal, place, request),
    sync: (principal, idOrSlug, request = {}) => startSync(deps, principal, idOrSlug, request),
    status: (principal, idOrSlug) =>
      inside(principal, idOrSlug, async (integration) => success(await statusOf(deps, integration))),
    logs: (principal, idOrSlug, { level, ...query } = {}) =>
      shown(findReadable(deps, principal, idOrSlug), ({ organizationId, _id: integrationId }) => {
        const lines = deps.store.forOrganization(organizationId)(integrationLogs)
        const where = { integrationId, ...(level === undefined ? {} : { level }) }
        return paged((page) => lines.find({ where, sort: NEWEST_LINE, ...page }), query, lineView)
      }),
    runs: (principal, idOrSlug, query = {}) =>
      inside(principal, idOrSlug, ({ organizationId, _id: integrationId }) => {
        const runs = deps.store.forOrganization(organizationId)(syncRuns)
        return paged(
          (page) => runs.find({ where: { integrationId }, sort: [['createdAt', 'desc']], ...page }),
          query,
          resultOf,
        )
      }),
    quarantine: (principal, idOrSlug, { state, ...query } = {}) =>
      inside(principal, idOrSlug, (integration) => {
        const rows = deps.store.forOrganization(integration.organizationId)(syncQuarantine)
        const where = { integrationId: integration._id, ...(state === undefined ? {} : { state }) }
        const find = (page: Pick<Query, 'cursor' | 'limit'>) =>
          rows.find({ where, sort: [['firstSeenAt', 'desc']], ...page })
        return paged(find, query, (row) => quarantineView(principal, integration, row))
      }),
  }
}

async function shown<T>(
  finding: Promise<Result<Integration>>,
  show: (integration: Integration) => Promise<Result<T>>,
): Promise<Result<T>> {
  const found = await finding
  return found.ok ? show(found.value) : found
}

function viewed(result: Result<Integration>): Result<IntegrationView> {
  return result.ok ? success(viewOf(result.value)) : result
}

async function list(
  deps: IntegrationDeps,
  principal: Person,
  query: PageQuery,
): Promise<Result<Page<IntegrationView>>> {
  const mine = deps.store.forOrganization(principal.organizationId)(integrations)
  const page = await paged((asked) => mine.find({ sort: [['createdAt', 'desc']], ...asked }), query, viewOf)
  if (!page.ok) return page
  const data = page.value.data.filter(({ streams }) => maySee(principal, streams).allowed)
  return success({ ...page.value, data })
}

async function statusOf({ store }: IntegrationDeps, integration: Integration): Promise<IntegrationStatusView> {
  const { id, slug, status, healthStatus, lastSyncAt, lastResult } = viewOf(integration)
  const runs = store.forOrganization(integration.organizationId)(syncRuns)
  const [active] = (await runs.find({ where: { activeKey: id }, limit: 1 })).data
  return {
    id,
    slug,
    status,
    healthStatus,
    ...(lastSyncAt === undefined ? {} : { lastSyncAt }),
    ...(lastResult === undefined ? {} : { lastResult }),
    ...(active === undefined ? {} : { activeRun: { ...resultOf(active), jobId: active.jobId } }),
  }
}

function lineView({
  _id,
  rev: _rev,
  organizationId: _org,
  integrationId: _int,
  ...rest
}: IntegrationLogLine): LogLineView {
  return { id: _id, ...rest }
}

/** A cursor that was not given out is the caller's mistake. */
async function paged<T extends Stored, V>(
  find: (query: Pick<Query, 'cursor' | 'limit'>) => Promise<Page<T>>,
  { cursor, limit = 50 }: PageQuery,
  view: (document: T) => V,
): Promise<Result<Page<V>>> {
  const asked = { limit: Math.min(Math.max(Math.trunc(limit), 1), 200), ...(cursor === undefined ? {} : { cursor }) }
  try {
    const { data, nextCursor } = await find(asked)
    return success({ data: data.map(view), ...(nextCursor === undefined ? {} : { nextCursor }) })
  } catch (error) {
    if (error instanceof StorageError && cursor !== undefined)
      return refusal('INVALID_ARGUMENT', 'not a cursor of this list')
    throw error
  }
}
