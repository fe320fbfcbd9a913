import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { Slug } from '../../../marketplace-schemas.ts'
import { DomainChallenge, DomainMethod, VerificationStatus, VerifiedDomain } from '../../../publisher-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/publishers']
const params = Strict({ slug: Slug })

const start = {
  tags,
  summary: 'Answers what the owner of a domain publishes to prove it; for owners of the publisher',
  security: SESSION_ONLY,
  params,
  body: Strict({ domain: Type.String({ minLength: 1, maxLength: 253 }), method: DomainMethod }),
  response: { 200: DomainChallenge, ...PROBLEMS },
}

const status = {
  tags,
  summary: 'Shows how the publisher stands with its domains; for owners',
  security: SESSION_ONLY,
  params,
  response: { 200: VerificationStatus, ...PROBLEMS },
}

const check = {
  tags,
  summary: 'Looks at the domain now; whoever proves it last has it; for owners',
  security: SESSION_ONLY,
  params,
  response: {
    200: Type.Object({
      verified: VerifiedDomain,
      takenFrom: Type.Optional(Type.String({ description: 'The publisher that it stood for until now' })),
    }),
    ...PROBLEMS,
  },
}

const giveUp = {
  tags,
  summary: 'Gives up the domain, proven or not; for owners',
  security: SESSION_ONLY,
  params,
  response: { 204: Type.Null({ description: 'Given up' }), ...PROBLEMS },
}

const PATH = '/api/marketplace/publishers/:slug/verification'

export function registerPublisherVerification(app: App, { publisherDomains: domains }: Services): void {
  app.post(PATH, { schema: start }, async (request) => {
    return orRefuse(await domains.start(await requireSession(request), request.params.slug, request.body))
  })
  app.get(PATH, { schema: status }, async (request) => {
    return orRefuse(await domains.status(await requireSession(request), request.params.slug))
  })
  app.post(`${PATH}/check`, { schema: check }, async (request) => {
    return orRefuse(await domains.check(await requireSession(request), request.params.slug))
  })
  app.delete(PATH, { schema: giveUp }, async (request, reply) => {
    orRefuse(await domains.giveUp(await requireSession(request), request.params.slug))
    return reply.code(204).send(null)
  })
}
