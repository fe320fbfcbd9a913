import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireAdmin } from '../../../installation-access.ts'
import { ExtensionName, ExtensionParams, oneOf } from '../../../marketplace-schemas.ts'
import { orRefuse, refuse } from '../../../refusal.ts'
import { Instant, PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const Entitlement = Type.Object({
  extension: ExtensionName,
  plan: oneOf(['trial', 'paid']),
  startedAt: Instant,
  endsAt: Type.Optional(Type.String({ format: 'date-time', description: 'Of a trial' })),
  active: Type.Boolean({ description: 'Whether it holds now' }),
})

const one = {
  tags: ['marketplace/extensions'],
  security: SESSION_ONLY,
  params: ExtensionParams,
  response: { 200: Entitlement, ...PROBLEMS },
}
const show = { ...one, summary: "Shows what the sender's organization may use of an extension that is not free" }
const take = {
  ...one,
  summary: 'Begins the one trial, or takes a plan; no payment is taken here',
  body: Strict({ plan: oneOf(['trial', 'paid']) }),
}

const PATH = '/api/marketplace/extensions/:publisher/:name/entitlement'

export function registerEntitlement(app: App, { entitlements }: Services): void {
  app.get(PATH, { schema: show }, async (request) => {
    const { publisher, name } = request.params
    const { organizationId } = await requireAdmin(request)
    const found = await entitlements.of(organizationId, `@${publisher}/${name}`)
    return found ?? refuse('NOT_FOUND', 'your organization has no entitlement to it')
  })
  app.post(PATH, { schema: take }, async (request) => {
    const { publisher, name } = request.params
    const admin = await requireAdmin(request)
    return orRefuse(await entitlements.take(admin, `@${publisher}/${name}`, request.body.plan))
  })
}
