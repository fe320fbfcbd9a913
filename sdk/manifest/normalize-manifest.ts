import type { AnnexManifest, Manifest } from '../manifest.ts'
import type { Capabilities, ManifestProblem } from './capabilities.ts'
import { credentialProblems } from './credential-problems.ts'
import { hostWishes, injectionWishes } from './normalize-hosts.ts'
import { scopeWishes } from './normalize-scopes.ts'
import { schemaFields } from './schema-fields.ts'

/**
 * What a manifest asks for, in one shape. Takes a manifest that passed its rules; throws a TypeError for one with
 * problems, which `readCapabilities` tells one by one.
 */
export function normalizeManifest(manifest: Manifest): Capabilities {
  const read = readCapabilities(manifest)
  const first = read.problems[0]
  if (first) throw new TypeError(`the manifest is not sound: ${first.pointer} ${first.message}`)
  return read.capabilities
}

/** The same, with all that keeps the manifest from meaning one thing. */
export function readCapabilities(manifest: Manifest): { capabilities: Capabilities; problems: ManifestProblem[] } {
  const { annex } = manifest
  const problems: ManifestProblem[] = kindProblems(annex)
  const scopes = scopeWishes(annex.permissions?.required ?? [], annex.permissions?.optional ?? [], problems)
  const hosts = hostWishes(annex, problems)
  const injections = injectionWishes(annex, hosts, problems)
  problems.push(...credentialProblems(annex), ...nameProblems(annex))
  const capabilities: Capabilities = {
    kind: annex.kind,
    scopes,
    ...hosts,
    injections,
    secrets: [...(annex.secrets ?? [])].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
    events: { subscribes: sortedSet(annex.events?.subscribes), emits: sortedSet(annex.events?.emits) },
    schedules: (annex.schedules ?? []).map(({ name, cron, timezone }) => ({ name, cron, timezone: timezone ?? 'UTC' })),
    dependencies: Object.entries(annex.dependencies ?? {})
      .map(([name, range]) => ({ name, range }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
  if (annex.credentials) capabilities.credentials = credentialWishes(annex.credentials)
  if (annex.webhook) capabilities.webhook = { ...annex.webhook.signature }
  return { capabilities, problems }
}

function credentialWishes(credentials: NonNullable<AnnexManifest['credentials']>) {
  const { type, schema, oauth2 } = credentials
  const fields = schemaFields(schema).sort()
  return oauth2 ? { type, fields, oauth2: { ...oauth2, pkce: oauth2.pkce ?? true } } : { type, fields }
}

function kindProblems(annex: AnnexManifest): ManifestProblem[] {
  if (annex.kind === 'connector' && annex.integrationType === undefined)
    return [{ pointer: '/annex/integrationType', message: 'a connector names the type of system that it connects' }]
  if (annex.kind === 'transformation' && annex.credentials)
    return [{ pointer: '/annex/credentials', message: 'a transformation has no upstream and so no credentials' }]
  return []
}

function nameProblems(annex: AnnexManifest): ManifestProblem[] {
  return [
    ...twice(
      (annex.secrets ?? []).map((secret) => secret.ref),
      '/annex/secrets',
    ),
    ...twice(
      (annex.schedules ?? []).map((schedule) => schedule.name),
      '/annex/schedules',
    ),
  ]
}

function twice(names: string[], pointer: string): ManifestProblem[] {
  return names
    .map((name, index) => ({ name, index }))
    .filter(({ name, index }) => names.indexOf(name) !== index)
    .map(({ name, index }) => ({ pointer: `${pointer}/${index}`, message: `${name} is declared twice` }))
}

function sortedSet(names: readonly string[] | undefined): string[] {
  return [...new Set(names)].sort()
}
