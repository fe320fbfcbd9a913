import { Type } from '@sinclair/typebox'
import type { Services } from '../../../../services.ts'
import type { App } from '../../../app-type.ts'
import { requireIdentity } from '../../../authentication.ts'
import { Channel, Channels, ExtensionParams, VersionText } from '../../../marketplace-schemas.ts'
import { orRefuse } from '../../../refusal.ts'
import { PROBLEMS, SESSION_OR_KEY, Strict } from '../../../schemas.ts'

const tags = ['marketplace/extensions']
const one = {
  tags,
  security: SESSION_OR_KEY,
  params: Strict({ ...ExtensionParams.properties, channel: Channel }),
  response: { 200: Type.Object({ channels: Channels }), ...PROBLEMS },
}

const set = {
  ...one,
  summary: 'Moves a channel to a published version, up or down (publish:<publisher>)',
  body: Strict({
    version: VersionText,
    allowPrerelease: Type.Optional(Type.Boolean({ description: 'To move `latest` onto a pre-release' })),
  }),
}

const remove = { ...one, summary: 'Removes a channel, never `latest` (publish:<publisher>)' }

const PATH = '/api/marketplace/extensions/:publisher/:name/channels/:channel'

export function registerChannels(app: App, { publishing }: Services): void {
  const { channels } = publishing
  app.put(PATH, { schema: set }, async (request) => {
    const { publisher, name, channel } = request.params
    const identity = await requireIdentity(request)
    return { channels: orRefuse(await channels.set(identity, `@${publisher}/${name}`, channel, request.body)) }
  })
  app.delete(PATH, { schema: remove }, async (request) => {
    const { publisher, name, channel } = request.params
    const identity = await requireIdentity(request)
    return { channels: orRefuse(await channels.remove(identity, `@${publisher}/${name}`, channel)) }
  })
}
