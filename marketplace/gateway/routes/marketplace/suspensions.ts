import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requirePlatformRole } from '../../authentication.ts'
import { ExtensionParams, Slug } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const Reasoned = Strict({ reason: Type.String({ minLength: 3, maxLength: 500 }) })

const extension = {
  tags: ['marketplace/extensions'],
  security: SESSION_ONLY,
  params: ExtensionParams,
  response: { 200: Type.Object({ status: Type.String() }), ...PROBLEMS },
}
const publisher = {
  tags: ['marketplace/publishers'],
  security: SESSION_ONLY,
  params: Strict({ slug: Slug }),
  response: { 200: Type.Object({ state: Type.String() }), ...PROBLEMS },
}

const suspendExtension = {
  ...extension,
  summary: 'Takes an extension out of the catalog, by a moderator; what is installed goes on',
  body: Reasoned,
}
const unsuspendExtension = { ...extension, summary: 'Lets an extension back into the catalog, by a moderator' }
const suspendPublisher = {
  ...publisher,
  summary: 'Takes a publisher and its extensions out of the catalog, by a moderator; nothing more is published',
  body: Reasoned,
}
const unsuspendPublisher = { ...publisher, summary: 'Lets a publisher back into the catalog, by a moderator' }

const EXTENSION = '/api/marketplace/extensions/:publisher/:name'
const PUBLISHER = '/api/marketplace/publishers/:slug'

export function registerSuspensions(app: App, { publishing }: Services): void {
  const { suspensions } = publishing
  app.post(`${EXTENSION}/suspend`, { schema: suspendExtension }, async (request) => {
    const { publisher, name } = request.params
    const moderator = await requirePlatformRole(request, 'moderator')
    return orRefuse(await suspensions.extension(moderator, `@${publisher}/${name}`, request.body.reason))
  })
  app.post(`${EXTENSION}/unsuspend`, { schema: unsuspendExtension }, async (request) => {
    const { publisher, name } = request.params
    const moderator = await requirePlatformRole(request, 'moderator')
    return orRefuse(await suspensions.extension(moderator, `@${publisher}/${name}`, undefined))
  })
  app.post(`${PUBLISHER}/suspend`, { schema: suspendPublisher }, async (request) => {
    const moderator = await requirePlatformRole(request, 'moderator')
    return orRefuse(await suspensions.publisher(moderator, request.params.slug, request.body.reason))
  })
  app.post(`${PUBLISHER}/unsuspend`, { schema: unsuspendPublisher }, async (request) => {
    const moderator = await requirePlatformRole(request, 'moderator')
    return orRefuse(await suspensions.publisher(moderator, request.params.slug, undefined))
  })
}
