import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { principalName } from '../../../../../runtime/permissions/principal.ts'
import { RECORDING_FORMAT } from '../../../../../runtime/recordings/recording.ts'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireOrganization } from '../../../authentication.ts'
import { orRefuse, refuse } from '../../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const Id = Type.String({ minLength: 1, maxLength: 128 })

const recording = {
  tags: ['marketplace/installations'],
  security: SESSION_ONLY,
  summary:
    'The recording of a run, for `annex replay`: of failed runs and of those that were to be recorded, for seven days; ' +
    'for owners and admins. Secrets are masked, and stand-ins are in the place of values about persons',
  params: Strict({ id: Id, run: Id }),
  response: {
    200: Type.Object({ format: Type.Literal(RECORDING_FORMAT), runId: Type.String() }, { additionalProperties: true }),
    ...PROBLEMS,
  },
}

/** What a run did, to the byte: nobody but those who manage the installation may see it, and each look is on record. */
export function registerRecording(app: App, { installations, runtime }: Services): void {
  app.get('/api/marketplace/installations/:id/invocations/:run/recording', { schema: recording }, async (request) => {
    const { id, run } = request.params
    const organizationId = await allowed(installations, runtime.audit, request, id, run)
    const found = await runtime.recordings.read(organizationId, id, run)
    if (found === 'too-large')
      return refuse('NOT_FOUND', 'the run took in or gave out more than a recording holds: it cannot be replayed')
    if (!found)
      return refuse('NOT_FOUND', 'there is no recording: the run succeeded, or ended more than seven days ago')
    return { ...found }
  })
}

async function allowed(
  installations: Services['installations'],
  audit: Services['runtime']['audit'],
  request: FastifyRequest,
  id: string,
  run: string,
): Promise<string> {
  const { principal } = await requireOrganization(request)
  const { extension } = orRefuse(await installations.get(principal, id))
  const { organizationId } = principal
  const isAdmin = principal.kind === 'user' && (principal.role === 'owner' || principal.role === 'admin')
  await audit.write({
    organizationId,
    actor: principalName(principal),
    action: 'recording.read',
    target: extension,
    outcome: isAdmin ? 'allowed' : 'refused',
    ...(!isAdmin && { rule: 'role' }),
    details: { installationId: id, runId: run },
  })
  if (isAdmin) return organizationId
  return refuse('PERMISSION_DENIED', 'recordings are shown to owners and admins of the organization')
}
