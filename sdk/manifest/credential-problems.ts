import type { AnnexManifest } from '../manifest.ts'
import type { ManifestProblem } from './capabilities.ts'
import { schemaFields } from './schema-fields.ts'

type Credentials = NonNullable<AnnexManifest['credentials']>
type Injection = Credentials['inject'][number]

const PLACEHOLDER = /\{\{([A-Za-z_][A-Za-z0-9_]{0,63})\}\}/g
const MTLS_FIELDS = ['certificate', 'privateKey']
const MTLS_PASSPHRASE = 'passphrase'

/** What does not fit together among credentials, injections, webhook and signing secrets. */
export function credentialProblems(annex: AnnexManifest): ManifestProblem[] {
  const credentials = annex.credentials
  const fields = schemaFields(credentials?.schema)
  const refs = (annex.secrets ?? []).map((secret) => secret.ref)
  const problems: ManifestProblem[] = []
  if (credentials) problems.push(...oauth2Problems(credentials), ...injectionProblems(credentials, fields))
  const webhookRef = annex.webhook?.signature.secretRef
  if (webhookRef !== undefined && ![...fields, ...refs].includes(webhookRef))
    problems.push({
      pointer: '/annex/webhook/signature/secretRef',
      message: `${webhookRef} is neither a field of the credentials nor under \`secrets\``,
    })
  problems.push(...secretsWithoutHost(annex, fields))
  return problems
}

function injectionProblems(credentials: Credentials, fields: string[]): ManifestProblem[] {
  return credentials.inject.flatMap((injection, index): ManifestProblem[] => {
    const pointer = `/annex/credentials/inject/${index}`
    const shape = shapeProblem(injection)
    if (shape) return [{ pointer, message: shape }]
    return used(injection)
      .filter((field) => !fields.includes(field))
      .map((field) => ({ pointer, message: `the schema of the credentials has no property ${field}` }))
  })
}

function shapeProblem(injection: Injection): string | undefined {
  const { in: kind, name, template } = injection
  if (kind === 'mtls') return template === undefined ? undefined : '`mtls` takes no template'
  if (template === undefined) return `\`${kind}\` needs a template`
  if (used(injection).length === 0) return 'the template names no field, as in "Bearer {{apiKey}}"'
  if ((kind === 'header' || kind === 'query') && name === undefined) return `\`${kind}\` needs a name`
  if (kind === 'basic' && !template.includes(':')) return 'the template of `basic` is "{{user}}:{{password}}"'
  return undefined
}

function used(injection: Injection): string[] {
  if (injection.in === 'mtls') return MTLS_FIELDS
  return [...(injection.template ?? '').matchAll(PLACEHOLDER)].map((match) => match[1] ?? '')
}

/** Every field must go to a host, or be used by the host itself. OAuth keeps its own client fields. */
function secretsWithoutHost(annex: AnnexManifest, fields: string[]): ManifestProblem[] {
  const homes = new Set<string>([
    ...(annex.credentials?.inject ?? []).flatMap((each) =>
      each.in === 'mtls' ? [...used(each), MTLS_PASSPHRASE] : used(each),
    ),
    ...(annex.secrets ?? []).map((secret) => secret.ref),
    ...(annex.webhook ? [annex.webhook.signature.secretRef] : []),
    ...(annex.credentials?.oauth2 ? ['clientId', 'clientSecret'] : []),
  ])
  return fields
    .filter((field) => !homes.has(field))
    .map((field) => ({
      pointer: `/annex/credentials/schema/properties/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      message: `no injection sends ${field} to a host`,
    }))
}

function oauth2Problems(credentials: Credentials): ManifestProblem[] {
  const pointer = '/annex/credentials/oauth2'
  if (credentials.type !== 'OAUTH2') return credentials.oauth2 ? [{ pointer, message: 'it needs the type OAUTH2' }] : []
  if (!credentials.oauth2) return [{ pointer, message: 'the type OAUTH2 needs it' }]
  const urls = { authorizationUrl: credentials.oauth2.authorizationUrl, tokenUrl: credentials.oauth2.tokenUrl }
  return Object.entries(urls)
    .filter(([, url]) => URL.parse(url)?.protocol !== 'https:')
    .map(([field]) => ({ pointer: `${pointer}/${field}`, message: 'it is not an https URL' }))
}
