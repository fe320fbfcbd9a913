import { Type } from '@sinclair/typebox'
import type { RunsQuery } from '../../../../runtime/invocations/invocations.ts'
import type { RunDocument } from '../../../../runtime/invocations/invocations-collections.ts'
import { CAGE_LIMITS } from '../../../../runtime/sandbox/limits.ts'
import type { LogLine } from '../../../../runtime/sandbox/run.ts'
import type { Page } from '../../../../runtime/storage/port.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { managedInstallation } from '../../installation-access.ts'
import { Invocation, InvocationLogLine, LogLevel } from '../../marketplace-schemas.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'
import { RunUsage, StepLimits } from '../../usage-schemas.ts'

const steps = Type.Integer({ description: 'Pages that were pulled; 1 for what yields none' })
const Metered = Type.Object({ ...Invocation.properties, steps, usage: RunUsage, limits: StepLimits })

const one = { tags: ['marketplace/installations'], security: SESSION_ONLY, params: IdParams }

const invocations = {
  ...one,
  summary: 'Lists the runs of an installation, newest first; kept for 30 days, for owners and admins',
  querystring: Strict({
    ...PageQuery.properties,
    outcome: Type.Optional(Invocation.properties.outcome),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: '`sync`' })),
  }),
  response: { 200: PageOf(Metered), ...PROBLEMS },
}

const logs = {
  ...one,
  summary: 'Lists what the runs of an installation logged, newest run first; for owners and admins',
  // A run may hold hundreds of lines: pages are counted in runs, and few of them.
  querystring: Strict({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 10, description: 'Runs of a page' })),
    cursor: Type.Optional(PageQuery.properties.cursor),
    level: Type.Optional(LogLevel),
    run: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Of this run alone' })),
    since: Type.Optional(
      Type.String({
        format: 'date-time',
        maxLength: 64,
        description: 'Of runs that ended then or later, the earliest end first: to follow what comes',
      }),
    ),
  }),
  response: { 200: PageOf(InvocationLogLine), ...PROBLEMS },
}

const PATH = '/api/marketplace/installations/:id'

/** What an installation did. */
export function registerInvocations(app: App, { installations, runtime }: Services): void {
  app.get(`${PATH}/invocations`, { schema: invocations }, async (request) => {
    const { organizationId, installationId } = await managedInstallation(installations, request, request.params.id)
    const page = await runtime.invocations.runs(organizationId, { installationId, ...request.query })
    return { ...page, data: page.data.map(invocationView) }
  })
  app.get(`${PATH}/logs`, { schema: logs }, async (request) => {
    const { organizationId, installationId } = await managedInstallation(installations, request, request.params.id)
    const { level = 'debug', run, since, ...page } = request.query
    const query = { installationId, ...page, ...(since && { endedSince: new Date(since).toISOString() }) }
    const found = run
      ? await oneRun(runtime.invocations, organizationId, installationId, run)
      : await runtime.invocations.runs(organizationId, query satisfies RunsQuery)
    return { ...found, data: found.data.flatMap(logLines).filter((line) => isAtLeast(line.level, level)) }
  })
}

async function oneRun(
  service: Services['runtime']['invocations'],
  organizationId: string,
  installationId: string,
  id: string,
): Promise<Page<RunDocument>> {
  const run = await service.run(organizationId, id)
  return { data: run?.installationId === installationId ? [run] : [] }
}

function invocationView(run: RunDocument) {
  const { _id: id, extension, version, handler, reason, integrationId, outcome, failure, usage, steps } = run
  const { startedAt, endedAt } = run
  const limits = { ...run.limits, memoryBytes: CAGE_LIMITS.growthBytes }
  const integration = integrationId === undefined ? {} : { integrationId }
  const what = { id, extension, version, handler, reason, ...integration, outcome }
  const base = { ...what, usage, limits, steps, startedAt, endedAt }
  if (!failure) return base
  const { class: kind, code, message, stack, retryable } = failure
  return { ...base, failure: { class: kind, code, message, ...(stack === undefined ? {} : { stack }), retryable } }
}

function logLines({ _id: invocationId, startedAt, endedAt, logText }: RunDocument) {
  const lines: LogLine[] = JSON.parse(logText)
  return lines.map(({ level, message, details }) => {
    return { invocationId, startedAt, endedAt, level, message, ...(details === undefined ? {} : { details }) }
  })
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

function isAtLeast(level: LogLine['level'], least: LogLine['level']): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least)
}
