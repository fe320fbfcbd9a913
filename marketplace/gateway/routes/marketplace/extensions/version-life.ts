import { Type } from '@sinclair/typebox'
import type { VersionAct } from '../../../../publishing/version-life.ts'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireSession } from '../../../authentication.ts'
import { Channels, ExtensionName, ExtensionParams, oneOf, VersionText } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../../schemas.ts'

const params = Strict({ ...ExtensionParams.properties, version: VersionText })
const Reason = Type.String({ minLength: 3, maxLength: 500, description: 'Everybody may read it' })

const one = {
  tags: ['marketplace/extensions'],
  security: SESSION_ONLY,
  params,
  response: {
    200: Type.Object({
      extension: ExtensionName,
      version: VersionText,
      state: oneOf([
        'in_review',
        'withdrawn',
        'changes_requested',
        'rejected',
        'published',
        'deprecated',
        'yanked',
        'removed',
      ]),
      channels: Channels,
    }),
    ...PROBLEMS,
  },
}

const deprecate = {
  ...one,
  summary: 'Advises against a version, by an owner of its publisher or a moderator; it can still be installed',
  body: Strict({
    message: Type.String({ minLength: 3, maxLength: 500, description: 'What to do in its place' }),
    replacement: Type.Optional(
      Type.String({
        pattern: '^@[a-z0-9][a-z0-9-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$',
        description: '`@publisher/name`',
      }),
    ),
  }),
}
const reasoned = { ...one, body: Strict({ reason: Reason }) }
const yank = {
  ...reasoned,
  summary: 'Takes a version out of what versions are chosen from; who has it goes on with it',
}
const remove = { ...reasoned, summary: 'Ends a version for everybody, by a moderator: its package is gone' }
const undeprecate = { ...one, summary: 'Takes a deprecation back' }
const unyank = { ...one, summary: 'Takes a yank back' }

const PATH = '/api/marketplace/extensions/:publisher/:name/versions/:version'

export function registerVersionLife(app: App, { versionLife }: Services): void {
  type Sender = Parameters<typeof requireSession>[0] & { params: { publisher: string; name: string; version: string } }
  const change = async (request: Sender, act: VersionAct) => {
    const { publisher, name, version } = request.params
    const identity = await requireSession(request)
    return orRefuse(await versionLife.change(identity, { extension: `@${publisher}/${name}`, version }, act))
  }
  app.post(`${PATH}/deprecate`, { schema: deprecate }, (request) =>
    change(request, { act: 'deprecate', ...request.body }),
  )
  app.post(`${PATH}/undeprecate`, { schema: undeprecate }, (request) => change(request, { act: 'undeprecate' }))
  app.post(`${PATH}/yank`, { schema: yank }, (request) => change(request, { act: 'yank', ...request.body }))
  app.post(`${PATH}/unyank`, { schema: unyank }, (request) => change(request, { act: 'unyank' }))
  app.post(`${PATH}/remove`, { schema: remove }, (request) => change(request, { act: 'remove', ...request.body }))
}
