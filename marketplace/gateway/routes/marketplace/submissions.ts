import { reportText } from '@annex/package/report-text'
import { sarifLog } from '@annex/package/sarif'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireIdentity } from '../../authentication.ts'
import { Submission, SubmissionDetail } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PageOf, PageQuery, PROBLEMS, SESSION_OR_KEY, Strict } from '../../schemas.ts'

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

const retry = {
  tags,
  summary: 'Checks again what broke off through no fault of the package',
  security: SESSION_OR_KEY,
  params: IdParams,
  response: { 200: Submission, ...PROBLEMS },
}

const report = {
  tags,
  summary: 'What the check said, whole: the same text as `annex check --json`, or SARIF 2.1.0',
  security: SESSION_OR_KEY,
  params: IdParams,
  querystring: Strict({ format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('sarif')])) }),
  response: { 200: Type.Unknown(), ...PROBLEMS },
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
  app.post('/api/marketplace/submissions/:id/retry', { schema: retry }, async (request) => {
    return orRefuse(await submissions.retry(await requireIdentity(request), request.params.id))
  })
  app.get('/api/marketplace/submissions/:id/report', { schema: report }, async (request, reply) => {
    const found = orRefuse(await submissions.report(await requireIdentity(request), request.params.id))
    const sarif = request.query.format === 'sarif'
    const text = sarif ? JSON.stringify(sarifLog(found)) : reportText(found)
    return reply.type(sarif ? 'application/sarif+json' : 'application/json').send(text)
  })
}
