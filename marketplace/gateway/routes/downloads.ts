import { Type } from '@sinclair/typebox'
import type { Services } from '../../services.ts'
import type { App } from '../app-type.ts'
import { isKnownTag } from '../entity-tag.ts'
import { orRefuse } from '../refusal.ts'
import { PROBLEMS, PUBLIC } from '../schemas.ts'

const cli = {
  tags: ['downloads'],
  summary: 'The command line for authors of extensions: `npm install -g <this address>`',
  security: PUBLIC,
  response: {
    200: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary', description: 'An npm package' }),
    304: Type.Null({ description: 'The one that `If-None-Match` names is the present one' }),
    ...PROBLEMS,
  },
}

export function registerDownloads(app: App, { cliDownload }: Services): void {
  app.get('/downloads/annex-cli.tgz', { schema: cli }, async (request, reply) => {
    const { bytes, digest } = orRefuse(await cliDownload.get())
    const etag = `"${digest}"`
    reply.headers({ etag, 'cache-control': 'public, no-cache' })
    if (isKnownTag(request.headers['if-none-match'], etag)) return reply.code(304).send(null)
    return reply.header('content-type', 'application/gzip').send(bytes)
  })
}
