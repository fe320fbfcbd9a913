import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { orRefuse } from '../../../refusal.ts'
import { ReviewBehaviour, ReviewDifference } from '../../../review-schemas.ts'
import { IdParams, PROBLEMS, SESSION_ONLY } from '../../../schemas.ts'

const one = { tags: ['marketplace/reviews'], security: SESSION_ONLY, params: IdParams }

const difference = {
  ...one,
  summary: 'What is other than in the last approved version: abilities, files, texts, source, what runs',
  response: { 200: ReviewDifference, ...PROBLEMS },
}

const behaviour = {
  ...one,
  summary: 'This version and the last approved one, run side by side on the same fixtures; a first version runs alone',
  response: { 200: ReviewBehaviour, ...PROBLEMS },
}

const PATH = '/api/marketplace/reviews/:id'

export function registerReviewComparison(app: App, { reviews }: Services): void {
  app.get(`${PATH}/difference`, { schema: difference }, async (request) => {
    return orRefuse(await reviews.difference(await requireSession(request), request.params.id))
  })
  app.get(`${PATH}/behaviour`, { schema: behaviour }, async (request) => {
    return orRefuse(await reviews.behaviour(await requireSession(request), request.params.id))
  })
}
