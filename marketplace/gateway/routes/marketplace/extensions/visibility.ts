import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { ExtensionParams } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { Id, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const Visibility = Type.Union([
  Strict({ kind: Type.Literal('public') }),
  Strict({ kind: Type.Literal('unlisted', { description: 'In no list; found by its name' }) }),
  Strict({
    kind: Type.Literal('organization', { description: 'There for these organizations only' }),
    organizations: Type.Array(Id, { minItems: 1, maxItems: 50, uniqueItems: true }),
  }),
])

const set = {
  tags: ['marketplace/extensions'],
  summary: 'Says who sees the extension, by an owner of its publisher; a wider listing may wait for a review',
  security: SESSION_ONLY,
  params: ExtensionParams,
  body: Visibility,
  response: {
    200: Type.Object({
      visibility: Visibility,
      wanted: Type.Optional(Type.Unsafe<unknown>({ ...Visibility, description: 'Once its review has passed' })),
    }),
    ...PROBLEMS,
  },
}

const PATH = '/api/marketplace/extensions/:publisher/:name/visibility'

export function registerVisibility(app: App, { publishing }: Services): void {
  app.put(PATH, { schema: set }, async (request) => {
    const { publisher, name } = request.params
    const identity = await requireSession(request)
    return orRefuse(await publishing.listings.set(identity, `@${publisher}/${name}`, request.body))
  })
}
