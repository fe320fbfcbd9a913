import { PACKAGE_LIMITS } from '@annex/package/limits'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireIdentity } from '../../authentication.ts'
import { Submission } from '../../marketplace-schemas.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

const upload = {
  tags: ['marketplace/extensions'],
  summary: 'Submits a package: the raw tarball; its check goes on behind (publish:<publisher>)',
  security: SESSION_OR_KEY,
  consumes: ['application/gzip'],
  body: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary', description: 'The .tgz' }),
  response: { 200: Submission, 202: Submission, ...PROBLEMS },
}

export function registerExtensions(app: App, { publishing }: Services): void {
  // A scope of its own: no other route reads this media type, nor a body of this size.
  app.register(async (scope) => {
    const limits = { parseAs: 'buffer', bodyLimit: PACKAGE_LIMITS.compressed } as const
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/gzip', limits, (_request, body, done) => done(null, body))
    scope.setValidatorCompiler(() => isPackage)
    const options = {
      schema: upload,
      bodyLimit: PACKAGE_LIMITS.compressed,
      // Before the body is read: strangers do not send five megabytes.
      onRequest: async (request: Parameters<typeof requireIdentity>[0]) => void (await requireIdentity(request)),
    }
    scope.post('/api/marketplace/extensions', options, async (request, reply) => {
      const bytes = request.body as Uint8Array
      const identity = await requireIdentity(request)
      const { submission, created } = orRefuse(await publishing.submissions.upload(identity, bytes))
      return reply
        .code(created ? 202 : 200)
        .header('location', submission.links.self)
        .send(submission)
    })
  })
}

/** A validator as Fastify calls it. What the bytes are is for the caged check to say. */
function isPackage(body: unknown): { value: unknown } | { error: Error } {
  if (body instanceof Uint8Array) return { value: body }
  return { error: new Error('the body is the package itself: a gzipped tarball') }
}
