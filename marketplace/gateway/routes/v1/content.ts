import { Readable } from 'node:stream'
import type { Resource } from '@annex/sdk/resource'
import { RESOURCES } from '@annex/sdk/resources'
import { Type } from '@sinclair/typebox'
import type { RecordContent } from '../../../../runtime/platform/record-content.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { orRefuse } from '../../refusal.ts'
import { IdParams, PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

/** The bytes of the records that have any. Who may see a record, and its field `content`, may have them. */
export function registerContents(app: App, { runtime: { platform } }: Services): void {
  for (const resource of RESOURCES.filter(({ content }) => content)) {
    app.get(`/api/v1/${resource.name}/:id/content`, { schema: describe(resource) }, async (request, reply) => {
      const { principal } = await requireOrganization(request)
      const content = orRefuse(await platform.content(principal, resource.name, request.params.id))
      reply.headers(headersOf(content))
      if (request.headers['if-none-match'] === tagOf(content)) return reply.code(304).send(null)
      return reply.header('content-length', content.size).send(Readable.from(content.open(), { objectMode: false }))
    })
  }
}

function describe({ name, title, scope }: Resource) {
  const bytes = { type: 'string', format: 'binary', description: 'The bytes, to be saved as a file' }
  const same = Type.Null({ description: 'What If-None-Match names is still the content' })
  return {
    tags: [`v1/${name}`],
    summary: `content · ${title} (read:${scope})`,
    security: SESSION_OR_KEY,
    params: IdParams,
    response: { 200: Type.Unsafe<Readable>(bytes), 304: same, ...PROBLEMS },
  }
}

/**
 * The bytes are a stranger's, and so is what they are said to be: a browser that is shown them on our origin must neither
 * run them nor guess what they are (RFC 6266 for the name, in both of its forms).
 */
function headersOf(content: RecordContent): Record<string, string> {
  const { name = 'document', type } = content
  const plain = name.replaceAll(/[^\w .()-]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, escaped)
  return {
    'content-type': type,
    'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
    etag: tagOf(content),
  }
}

/** RFC 8187: `encodeURIComponent` leaves them, and they mean something there. */
function escaped(mark: string): string {
  return `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
}

function tagOf({ digest }: RecordContent): string {
  return `"${digest}"`
}
