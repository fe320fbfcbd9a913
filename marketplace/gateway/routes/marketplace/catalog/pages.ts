import type { ImageType } from '@annex/package/rules/image-facts'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import type { Shown } from '../../../../catalog/pages.ts'
import { viewerOf } from '../../../../publishing/visibility.ts'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { identityOf } from '../../../authentication.ts'
import { ExtensionParams, VersionText } from '../../../marketplace-schemas.ts'
import { packagePage } from '../../../package-page.ts'
import { orRefuse } from '../../../refusal.ts'
import { OPEN, PROBLEMS, Strict } from '../../../schemas.ts'

const params = Strict({ ...ExtensionParams.properties, version: VersionText })
const tags = ['marketplace/catalog']
const html = Type.Unsafe<Uint8Array>({ type: 'string', description: 'HTML that shows and does nothing else' })
const bytes = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' })

const page = { tags, security: OPEN, params, response: { 200: html, ...PROBLEMS } }
const readme = { ...page, summary: 'The README of a version as a safe page' }
const changelog = { ...page, summary: 'The changelog of a version as a safe page' }
const picture = {
  tags,
  summary: 'A picture of the package: its icon, a screenshot, or one that its README shows',
  security: OPEN,
  params: Strict({ ...params.properties, '*': Type.String({ minLength: 1, maxLength: 512 }) }),
  response: { 200: bytes, ...PROBLEMS },
}

const PATH = '/api/marketplace/catalog/:publisher/:name/versions/:version'

export function registerPages(app: App, { pages }: Services): void {
  for (const [kind, schema] of [
    ['readme', readme],
    ['changelog', changelog],
  ] as const)
    app.get(`${PATH}/${kind}`, { schema }, async (request, reply) => {
      const { publisher, name, version } = request.params
      const viewer = viewerOf(await identityOf(request))
      const shown = orRefuse(await pages.page(`@${publisher}/${name}`, version, kind, viewer))
      const bytes = packagePage(`${name} ${version}: ${kind}`, shown.bytes)
      return send(reply, { ...shown, bytes })
    })
  app.get(`${PATH}/files/*`, { schema: picture }, async (request, reply) => {
    const { publisher, name, version, '*': path } = request.params
    const viewer = viewerOf(await identityOf(request))
    return send(reply, orRefuse(await pages.picture(`@${publisher}/${name}`, version, path, viewer)))
  })
}

const TYPES: Readonly<Record<ImageType | 'html', string>> = {
  html: 'text/html; charset=utf-8',
  PNG: 'image/png',
  WebP: 'image/webp',
  JPEG: 'image/jpeg',
  GIF: 'image/gif',
  SVG: 'image/svg+xml',
}

/** What strangers made is opened by itself, too: whatever it is taken for, it has no origin, no script and no network. */
const POLICY = "default-src 'none'; img-src 'self' https:; style-src 'unsafe-inline'; sandbox"

function send(reply: FastifyReply, { type, bytes, open }: Shown) {
  return reply
    .headers({
      'content-type': TYPES[type],
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': open ? 'public, max-age=86400' : 'private, no-cache',
    })
    .send(bytes)
}
