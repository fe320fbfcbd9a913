import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { type DescribedApi, docsPage } from '../docs-page.ts'
import { PROBLEMS, PUBLIC } from '../schemas.ts'

const document = {
  tags: ['docs'],
  summary: 'This description, as OpenAPI 3.1',
  security: PUBLIC,
  response: { 200: Type.Record(Type.String(), Type.Unknown()), ...PROBLEMS },
}

const page = {
  tags: ['docs'],
  summary: 'The same for readers',
  security: PUBLIC,
  response: { 200: { description: 'A page', content: { 'text/html': { schema: Type.String() } } }, ...PROBLEMS },
}

export function registerDocs(app: App, _services: Services): void {
  app.get('/openapi.json', { schema: document }, async () => ({ ...app.swagger() }))
  app.get('/docs', { schema: page }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(docsPage(app.swagger() as unknown as DescribedApi)),
  )
}
