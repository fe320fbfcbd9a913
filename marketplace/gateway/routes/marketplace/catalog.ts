import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import {
  CatalogDetail,
  CatalogPage,
  CatalogVersion,
  Category,
  ExtensionParams,
  IntegrationType,
  Kind,
  Slug,
} from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { PageOf, PageQuery, PROBLEMS, PUBLIC, Strict } from '../../schemas.ts'

const tags = ['marketplace/catalog']

const search = {
  tags,
  summary: 'Searches what is published, best fit first',
  security: PUBLIC,
  querystring: Strict({
    ...PageQuery.properties,
    q: Type.Optional(Type.String({ maxLength: 200, description: 'Words; the beginning of each is enough' })),
    category: Type.Optional(Category),
    kind: Type.Optional(Kind),
    integrationType: Type.Optional(IntegrationType),
    publisher: Type.Optional(Slug),
  }),
  response: { 200: CatalogPage, ...PROBLEMS },
}

const detail = {
  tags,
  summary: 'Shows an extension: what it does, what it asks for, its versions',
  security: PUBLIC,
  params: ExtensionParams,
  response: { 200: CatalogDetail, ...PROBLEMS },
}

const versions = {
  tags,
  summary: 'Lists its versions, highest first',
  security: PUBLIC,
  params: ExtensionParams,
  querystring: PageQuery,
  response: { 200: PageOf(CatalogVersion), ...PROBLEMS },
}

const PATH = '/api/marketplace/catalog'

export function registerCatalog(app: App, { catalog }: Services): void {
  app.get(PATH, { schema: search }, async (request) => {
    const { q, ...filter } = request.query
    return orRefuse(await catalog.search({ ...filter, ...(q === undefined ? {} : { text: q }) }))
  })
  app.get(`${PATH}/:publisher/:name`, { schema: detail }, async (request) => {
    const { publisher, name } = request.params
    return orRefuse(await catalog.detail(`@${publisher}/${name}`))
  })
  app.get(`${PATH}/:publisher/:name/versions`, { schema: versions }, async (request) => {
    const { publisher, name } = request.params
    return orRefuse(await catalog.versions(`@${publisher}/${name}`, request.query))
  })
}
