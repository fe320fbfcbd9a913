import { Type } from '@sinclair/typebox'
import { identityName } from '../../../accounts/identity.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requirePlatformRole } from '../../authentication.ts'
import { SigningKey } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const one = { tags: ['admin/signing-keys'], security: SESSION_ONLY, response: { 200: SigningKey, ...PROBLEMS } }

const list = {
  ...one,
  summary: 'Lists the keys that packages are signed with, newest first; for operators',
  querystring: PageQuery,
  response: { 200: PageOf(SigningKey), ...PROBLEMS },
}

const rotate = {
  ...one,
  summary: 'Makes a new key that signs from now on; what the one before signed still holds; for operators',
}

const revoke = {
  ...one,
  summary: 'Ends a key: nothing holds that it signed, and what is honest is signed anew behind; for operators',
  params: IdParams,
  body: Strict({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
}

const PATH = '/api/admin/signing-keys'

export function registerSigningKeys(app: App, { signing: { keys } }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    await requirePlatformRole(request, 'operator')
    return keys.list(request.query)
  })
  app.post(`${PATH}/rotate`, { schema: rotate }, async (request) => {
    return keys.rotate(identityName(await requirePlatformRole(request, 'operator')))
  })
  app.post(`${PATH}/:id/revoke`, { schema: revoke }, async (request) => {
    const operator = await requirePlatformRole(request, 'operator')
    return orRefuse(await keys.revoke(identityName(operator), request.params.id, request.body.reason))
  })
}
