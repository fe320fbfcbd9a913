import { Type } from '@sinclair/typebox'
import type { Visibility } from '../../../publishing/publishing-collections.ts'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireIdentity } from '../../authentication.ts'
import { declaredDigest } from '../../content-digest.ts'
import { Channel, oneOf, Submission } from '../../marketplace-schemas.ts'
import { PACKAGE_BODY_LIMIT, PackageBody, readPackages } from '../../package-body.ts'
import { orRefuse, refuse } from '../../refusal.ts'
import { PROBLEMS, SESSION_OR_KEY, Strict } from '../../schemas.ts'

const upload = {
  tags: ['marketplace/extensions'],
  summary: 'Submits a package: the raw tarball; its check goes on behind (publish:<publisher>)',
  security: SESSION_OR_KEY,
  consumes: ['application/gzip'],
  querystring: Strict({
    channel: Type.Optional(Channel),
    visibility: Type.Optional(
      oneOf(['public', 'unlisted', 'organization'], 'Who is to see the extension; counts for its first version'),
    ),
    organizations: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4000, description: 'With `organization`: ids, with commas between them' }),
    ),
  }),
  body: PackageBody,
  response: { 200: Submission, 202: Submission, ...PROBLEMS },
}

interface UploadQuery {
  channel?: string
  visibility?: Visibility['kind']
  organizations?: string
}

function visibilityOf({ visibility, organizations }: UploadQuery): Visibility | undefined {
  const named = [...new Set(organizations?.split(',').filter((id) => id !== ''))]
  if (named.length > 0 !== (visibility === 'organization'))
    return refuse('INVALID_ARGUMENT', '`organizations` come with `visibility=organization`, and the other way round')
  if (visibility === 'organization') return { kind: visibility, organizations: named }
  return visibility === undefined ? undefined : { kind: visibility }
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
      const { channel, ...listing } = request.query as UploadQuery
      const visibility = visibilityOf(listing)
      const declared = orRefuse(declaredDigest(request.headers['content-digest']))
      const wish = {
        ...(channel !== undefined && { channel }),
        ...(visibility && { visibility }),
        ...(declared === undefined ? {} : { declaredDigest: declared }),
      }
      const { submission, created } = orRefuse(await publishing.submissions.upload(identity, bytes, wish))
      return reply
        .code(created ? 202 : 200)
        .header('location', submission.links.self)
        .send(submission)
    })
  })
}
