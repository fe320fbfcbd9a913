import { createHash } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { CatalogRelease as CatalogReleaseFacts } from '../../../../catalog/releases.ts'
import { viewerOf } from '../../../../publishing/visibility.ts'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { identityOf } from '../../../authentication.ts'
import { CatalogRelease } from '../../../catalog-schemas.ts'
import { isKnownTag } from '../../../entity-tag.ts'
import { ExtensionParams, VersionText } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { OPEN, PROBLEMS, Strict } from '../../../schemas.ts'

const tags = ['marketplace/catalog']
const params = Strict({ ...ExtensionParams.properties, version: VersionText })
const same = Type.Unsafe<undefined>({ type: 'null', description: 'What `If-None-Match` names is the present one' })

const release = {
  tags,
  summary: 'Shows one published version',
  security: OPEN,
  params,
  response: { 200: CatalogRelease, 304: same, ...PROBLEMS },
}

const download = {
  tags,
  summary: 'The package of a published version; 410 once it was removed',
  security: OPEN,
  params,
  response: {
    200: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary', description: 'A gzipped tarball' }),
    304: same,
    ...PROBLEMS,
  },
}

/** One answer is sent many times. */
const entityTags = new WeakMap<CatalogReleaseFacts, string>()

function tagOf(shown: CatalogReleaseFacts): string {
  const known = entityTags.get(shown)
  if (known !== undefined) return known
  const tag = `"${createHash('sha256').update(JSON.stringify(shown)).digest('base64url')}"`
  entityTags.set(shown, tag)
  return tag
}

const PATH = '/api/marketplace/catalog/:publisher/:name/versions/:version'

export function registerVersions(app: App, { catalog, analytics }: Services): void {
  app.get(PATH, { schema: release }, async (request, reply) => {
    const { publisher, name, version } = request.params
    const viewer = viewerOf(await identityOf(request))
    const shown = orRefuse(await catalog.release(`@${publisher}/${name}`, version, viewer))
    const etag = tagOf(shown)
    // It may be deprecated tomorrow: a copy is good as long as the tag is.
    const whose = shown.visibility === 'organization' ? 'private' : 'public'
    reply.headers({ etag, 'cache-control': `${whose}, no-cache` })
    return isKnownTag(request.headers['if-none-match'], etag) ? reply.code(304).send(undefined) : shown
  })
  app.get(`${PATH}/package`, { schema: download }, async (request, reply) => {
    const { publisher, name, version } = request.params
    const viewer = viewerOf(await identityOf(request))
    const { digest, bytes, open } = orRefuse(await catalog.download(`@${publisher}/${name}`, version, viewer))
    const etag = `"${digest}"`
    // A number stands for the same bytes for ever.
    reply.headers({ etag, 'cache-control': open ? 'public, max-age=31536000, immutable' : 'private, no-cache' })
    if (isKnownTag(request.headers['if-none-match'], etag)) return reply.code(304).send(undefined)
    analytics.meter.downloaded(`@${publisher}/${name}`, version)
    return reply
      .headers({
        'content-type': 'application/gzip',
        'content-disposition': `attachment; filename="${publisher}-${name}-${version}.tgz"`,
        'content-length': bytes.byteLength,
      })
      .send(bytes)
  })
}
