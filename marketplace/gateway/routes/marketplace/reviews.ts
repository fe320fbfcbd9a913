import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireSession } from '../../authentication.ts'
import { QueuedReview, Review, ReviewDetail, RiskBand, Verdict } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { Id, IdParams, PageOf, PageQuery, PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const tags = ['marketplace/reviews']
const one = { tags, security: SESSION_ONLY, params: IdParams, response: { 200: Review, ...PROBLEMS } }

const list = {
  tags,
  summary: 'The queue, by risk and then by waiting time; for reviewers, without what is of their own publishers',
  security: SESSION_ONLY,
  querystring: Strict({
    ...PageQuery.properties,
    band: Type.Optional(RiskBand),
    publisher: Type.Optional(Id),
    attention: Type.Optional(
      Type.Boolean({ description: 'Those whose publisher waits for an answer, decided ones too' }),
    ),
    mine: Type.Optional(Type.Boolean({ description: 'Those that the caller holds' })),
  }),
  response: { 200: PageOf(QueuedReview), ...PROBLEMS },
}

const get = { ...one, summary: 'What a reviewer decides on', response: { 200: ReviewDetail, ...PROBLEMS } }
const claim = { ...one, summary: 'Takes the review for 30 minutes, or prolongs that' }
const release = { ...one, summary: 'Gives it back' }

const verdict = {
  ...one,
  summary: 'Decides; an approval publishes at once',
  body: Strict({
    verdict: Verdict,
    reasons: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 2000 }), {
        maxItems: 20,
        description: 'At least one, unless it approves',
      }),
    ),
    digest: Type.String({ minLength: 1, maxLength: 128, description: 'Of the bytes that were looked at' }),
    rev: Type.Optional(Type.Integer({ minimum: 1, description: 'Of the review that was looked at' })),
    waivers: Type.Optional(
      Type.Array(
        Strict({
          rule: Type.String({ minLength: 1, maxLength: 32 }),
          file: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
          reason: Type.String({ minLength: 1, maxLength: 2000 }),
        }),
        { maxItems: 100, description: 'Of findings that want a review: an approval needs one for each' },
      ),
    ),
  }),
}

const download = {
  ...one,
  summary: 'The package under review',
  response: { 200: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' }), ...PROBLEMS },
}

const PATH = '/api/marketplace/reviews'

export function registerReviews(app: App, { reviews }: Services): void {
  app.get(PATH, { schema: list }, async (request) => {
    return orRefuse(await reviews.queue(await requireSession(request), request.query))
  })
  app.get(`${PATH}/:id`, { schema: get }, async (request) => {
    return orRefuse(await reviews.get(await requireSession(request), request.params.id))
  })
  app.post(`${PATH}/:id/claim`, { schema: claim }, async (request) => {
    return orRefuse(await reviews.claim(await requireSession(request), request.params.id))
  })
  app.post(`${PATH}/:id/release`, { schema: release }, async (request) => {
    return orRefuse(await reviews.release(await requireSession(request), request.params.id))
  })
  app.post(`${PATH}/:id/verdict`, { schema: verdict }, async (request) => {
    const { reasons = [], ...decision } = request.body
    const identity = await requireSession(request)
    return orRefuse(await reviews.decide(identity, request.params.id, { ...decision, reasons }))
  })
  app.get(`${PATH}/:id/package`, { schema: download }, async (request, reply) => {
    const { bytes, digest } = orRefuse(await reviews.packageBytes(await requireSession(request), request.params.id))
    const disposition = `attachment; filename="${digest}.tgz"`
    return reply.headers({ 'content-type': 'application/gzip', 'content-disposition': disposition }).send(bytes)
  })
}
