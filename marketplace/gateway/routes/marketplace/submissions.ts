import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireIdentity } from '../../authentication.ts'
import { Submission, SubmissionDetail } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

const tags = ['marketplace/submissions']

const list = {
  tags,
  summary: "Lists the sender's submissions, newest first",
  security: SESSION_OR_KEY,
  querystring: PageQuery,
  response: { 200: PageOf(Submission), ...PROBLEMS },
}

const get = {
  tags,
  summary: 'State, findings and next step of a submission',
  security: SESSION_OR_KEY,
  params: IdParams,
  response: { 200: SubmissionDetail, ...PROBLEMS },
}

const withdraw = {
  tags,
  summary: 'Takes a submission back; its version number stays used once it passed its check',
  security: SESSION_OR_KEY,
  params: IdParams,
  response: { 200: Submission, ...PROBLEMS },
}

export function registerSubmissions(app: App, { publishing }: Services): void {
  const { submissions } = publishing
  app.get('/api/marketplace/submissions', { schema: list }, async (request) => {
    return submissions.listOwn(await requireIdentity(request), request.query)
  })
  app.get('/api/marketplace/submissions/:id', { schema: get }, async (request) => {
    return orRefuse(await submissions.get(await requireIdentity(request), request.params.id))
  })
  app.post('/api/marketplace/submissions/:id/withdraw', { schema: withdraw }, async (request) => {
    return orRefuse(await submissions.withdraw(await requireIdentity(request), request.params.id))
  })
}
