import { Type } from '@sinclair/typebox'
import { viewerOf } from '../../../publishing/visibility.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { identityOf } from '../../authentication.ts'
import { CatalogDetail, CatalogPage, CatalogVersion } from '../../catalog-schemas.ts'
import { Category, ExtensionParams, IntegrationType, Kind, oneOf, Pricing, Slug } from '../../marketplace-schemas.ts'
import { preferredLanguage } from '../../preferred-language.ts'
import { orRefuse } from '../../refusal.ts'
import { OPEN, PageOf, PageQuery, PROBLEMS, Strict } from '../../schemas.ts'

const tags = ['marketplace/catalog']

const Lang = oneOf(['en', 'fr'], 'Of the words; else what `Accept-Language` prefers, else English')

const search = {
  tags,
  summary: 'Searches what is published, best fit first',
  security: OPEN,
  querystring: Strict({
    ...PageQuery.properties,
    q: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'Words; the beginning of each is enough, and a slip does not matter',
      }),
    ),
    category: Type.Optional(Category),
    kind: Type.Optional(Kind),
    integrationType: Type.Optional(IntegrationType),
    publisher: Type.Optional(Slug),
    verified: Type.Optional(Type.Boolean({ description: 'Whether the publisher has proven a domain' })),
    pricing: Type.Optional(Pricing),
    incompatible: Type.Optional(
      Type.Literal('show', { description: 'Also what cannot be installed here, with the reason' }),
    ),
    lang: Type.Optional(Lang),
  }),
  response: { 200: CatalogPage, ...PROBLEMS },
}

const detail = {
  tags,
  summary: 'Shows an extension: what it does, what it asks for, its versions',
  security: OPEN,
  params: ExtensionParams,
  querystring: Strict({
    lang: Type.Optional(Lang),
  }),
  response: { 200: CatalogDetail, ...PROBLEMS },
}

const versions = {
  tags,
  summary: 'Lists its versions, highest first',
  security: OPEN,
  params: ExtensionParams,
  querystring: PageQuery,
  response: { 200: PageOf(CatalogVersion), ...PROBLEMS },
}

const PATH = '/api/marketplace/catalog'

export function registerCatalog(app: App, { catalog }: Services): void {
  app.get(PATH, { schema: search }, async (request) => {
    const { q, lang = preferredLanguage(request.headers['accept-language']), ...filter } = request.query
    const viewer = viewerOf(await identityOf(request))
    return orRefuse(await catalog.search({ ...filter, ...(q === undefined ? {} : { text: q }) }, viewer, lang))
  })
  app.get(`${PATH}/:publisher/:name`, { schema: detail }, async (request) => {
    const { publisher, name } = request.params
    const language = request.query.lang ?? preferredLanguage(request.headers['accept-language'])
    return orRefuse(await catalog.detail(`@${publisher}/${name}`, viewerOf(await identityOf(request)), language))
  })
  app.get(`${PATH}/:publisher/:name/versions`, { schema: versions }, async (request) => {
    const { publisher, name } = request.params
    const viewer = viewerOf(await identityOf(request))
    return orRefuse(await catalog.versions(`@${publisher}/${name}`, request.query, viewer))
  })
}
