import type { JsonObject } from '@annex/sdk/json'
import { Type } from '@sinclair/typebox'
import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { requireOrganization } from '../../authentication.ts'
import { Installation } from '../../installation-schemas.ts'
import { Channel, Config, ExtensionParams, Grant, VersionText } from '../../marketplace-schemas.ts'
import { preferredLanguage } from '../../preferred-language.ts'
import { orRefuse } from '../../refusal.ts'
import { PROBLEMS, SESSION_ONLY, Strict } from '../../schemas.ts'

const install = {
  tags: ['marketplace/install'],
  summary:
    'Installs for the organization; without consent, 409 CONSENT_REQUIRED shows what is asked for, in English or French',
  security: SESSION_ONLY,
  params: ExtensionParams,
  body: Strict({
    version: Type.Optional(VersionText),
    channel: Type.Optional(Channel),
    range: Type.Optional(
      Type.String({ maxLength: 100, description: 'A semver range. One of the three; the latest if there is none' }),
    ),
    grant: Type.Optional(Grant),
    config: Type.Optional(Config),
  }),
  response: { 200: Installation, 202: Installation, ...PROBLEMS },
}

export function registerInstall(app: App, { installations }: Services): void {
  app.post('/api/marketplace/install/:publisher/:name', { schema: install }, async (request, reply) => {
    const { principal } = await requireOrganization(request)
    const { publisher, name } = request.params
    const { config, ...wish } = request.body
    const language = preferredLanguage(request.headers['accept-language'])
    const asked = { ...wish, language, ...(config === undefined ? {} : { config: config as JsonObject }) }
    const result = orRefuse(await installations.install(principal, `@${publisher}/${name}`, asked))
    const { installation, finished } = result
    if (finished) return installation
    return reply.code(202).header('location', `/api/jobs/${installation.jobId}`).send(installation)
  })
}
