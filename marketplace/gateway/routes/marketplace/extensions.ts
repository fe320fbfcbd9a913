import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireIdentity } from '../../authentication.ts'
import { Submission } from '../../marketplace-schemas.ts'
import { PACKAGE_BODY_LIMIT, PackageBody, readPackages } from '../../package-body.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, SESSION_OR_KEY } from '../../schemas.ts'

const upload = {
  tags: ['marketplace/extensions'],
  summary: 'Submits a package: the raw tarball; its check goes on behind (publish:<publisher>)',
  security: SESSION_OR_KEY,
  consumes: ['application/gzip'],
  body: PackageBody,
  response: { 200: Submission, 202: Submission, ...PROBLEMS },
}

export function registerExtensions(app: App, { publishing }: Services): void {
  // A scope of its own: no other route reads this media type, nor a body of this size.
  app.register(async (scope) => {
    readPackages(scope)
    const options = {
      schema: upload,
      bodyLimit: PACKAGE_BODY_LIMIT,
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
