import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { RunDocument } from '../../../../runtime/invocations/invocations-collections.ts'
import type { LogLine } from '../../../../runtime/sandbox/run.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { Invocation, InvocationLogLine } from '../../marketplace-schemas.ts'
import { orRefuse, refuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const one = { tags: ['marketplace/installations'], security: SESSION_ONLY, params: IdParams }

const invocations = {
  ...one,
  summary: 'Lists the runs of an installation, newest first; kept for 30 days, for owners and admins',
  querystring: PageQuery,
  response: { 200: PageOf(Invocation), ...PROBLEMS },
}

const logs = {
  ...one,
  summary: 'Lists what the runs of an installation logged, newest run first; for owners and admins',
  // A run may hold hundreds of lines: pages are counted in runs, and few of them.
  querystring: Strict({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 10, description: 'Runs of a page' })),
    cursor: Type.Optional(PageQuery.properties.cursor),
  }),
  response: { 200: PageOf(InvocationLogLine), ...PROBLEMS },
}

const PATH = '/api/marketplace/installations/:id'

/** What an installation did. */
export function registerInvocations(app: App, { installations, runtime }: Services): void {
  app.get(`${PATH}/invocations`, { schema: invocations }, async (request) => {
    const { organizationId, installationId } = await managed(installations, request, request.params.id)
    const page = await runtime.invocations.runs(organizationId, { installationId, ...request.query })
    return { ...page, data: page.data.map(invocationView) }
  })
  app.get(`${PATH}/logs`, { schema: logs }, async (request) => {
    const { organizationId, installationId } = await managed(installations, request, request.params.id)
    const page = await runtime.invocations.runs(organizationId, { installationId, ...request.query })
    return { ...page, data: page.data.flatMap(logLines) }
  })
}

/** The installation, to an owner or admin of its organization; to strangers there is none. */
async function managed(installations: Services['installations'], request: FastifyRequest, id: string) {
  const { principal } = await requireOrganization(request)
  orRefuse(await installations.get(principal, id))
  if (principal.kind !== 'user' || (principal.role !== 'owner' && principal.role !== 'admin'))
    return refuse('PERMISSION_DENIED', 'what an installation did is shown to owners and admins of the organization')
  return { organizationId: principal.organizationId, installationId: id }
}

function invocationView({ _id: id, handler, reason, outcome, failure, usage, startedAt, endedAt }: RunDocument) {
  const { cpuMs, wallMs, hostCalls } = usage
  const base = { id, handler, reason, outcome, usage: { cpuMs, wallMs, hostCalls }, startedAt, endedAt }
  if (!failure) return base
  const { class: kind, code, message, stack } = failure
  return { ...base, failure: { class: kind, code, message, ...(stack === undefined ? {} : { stack }) } }
}

function logLines({ _id: invocationId, startedAt, logText }: RunDocument) {
  const lines: LogLine[] = JSON.parse(logText)
  return lines.map(({ level, message, details }) => {
    return { invocationId, startedAt, level, message, ...(details === undefined ? {} : { details }) }
  })
}
