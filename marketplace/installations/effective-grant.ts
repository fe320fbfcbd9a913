import type { JsonObject } from '@annex/sdk/json'
import type { Capabilities, ConfigHostWish, InjectionWish } from '@annex/sdk/manifest/capabilities'
import { hostCovers, parseHostPattern } from '@annex/sdk/manifest/host-pattern'
import { grantOf } from '@annex/sdk/read-grants'
import { limitsOf } from '@annex/sdk/scope-limits'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { CredentialInjection, EgressGrant } from '../../runtime/installation-source.ts'
import { narrowGrant } from '../../runtime/permissions/restrictions.ts'
import { configHostKey, hostKey } from '../catalog/permission-words.ts'
import { type Outcome, refused } from '../errors.ts'
import type { Granted } from './consent.ts'

/** What the runtime enforces: consent, manifest and configuration made into one. */
export interface EffectiveGrant {
  grants: ScopeGrant[]
  egress: EgressGrant[]
  injections: CredentialInjection[]
}

/** Hosts of the configuration are fixed here. One that is not configured yet is not reachable yet. */
export function effectiveGrant(
  capabilities: Capabilities,
  granted: Granted,
  config: JsonObject,
): Outcome<EffectiveGrant> {
  const configured = new Map<string, string>()
  for (const wish of capabilities.configHosts) {
    const host = configuredHost(wish, config)
    if (!host.ok) return host
    if (host.value !== undefined) configured.set(`{{config.${wish.key}}}`, host.value)
  }
  const egress = egressGrants(capabilities, granted, configured)
  const injections = capabilities.injections.flatMap((wish) => injectionGrants(wish, configured, egress))
  return { ok: true, value: { grants: scopeGrants(capabilities, granted), egress, injections } }
}

/** Limits come with the scope: an admin grants what the manifest asks for or less, under the limits of both. */
function scopeGrants({ scopes }: Capabilities, granted: Granted): ScopeGrant[] {
  const given = granted.scopes.map(grantOf)
  return [...scopes.required, ...scopes.optional].flatMap(({ scope, ...wish }) => {
    const own = given.filter((grant) => grant.scope === scope)
    return own.length === 0 ? [] : [own.reduce(narrowGrant, { scope, ...limitsOf(wish) })]
  })
}

function egressGrants(
  { egress, configHosts }: Capabilities,
  granted: Granted,
  configured: ReadonlyMap<string, string>,
): EgressGrant[] {
  const named = egress
    .filter((wish) => granted.hosts.includes(hostKey(wish)))
    .map(({ host, scheme, port }) => ({ host, scheme, port }))
  const fixed = configHosts
    .filter((wish) => granted.hosts.includes(configHostKey(wish)))
    .flatMap(({ key, scheme, port }) => {
      const host = configured.get(`{{config.${key}}}`)
      return host === undefined ? [] : [{ host, scheme, port }]
    })
  return [...named, ...fixed]
}

function configuredHost({ key, match }: ConfigHostWish, config: JsonObject): Outcome<string | undefined> {
  const value = config[key]
  if (value === undefined || value === null || value === '') return { ok: true, value: undefined }
  const parsed = typeof value === 'string' ? parseHostPattern(value) : { problem: 'it is not a text' }
  if ('problem' in parsed) return invalid(key, parsed.problem)
  if (parsed.wildcard) return invalid(key, 'it is one host, without "*"')
  if (match !== 'any' && !hostCovers(match, parsed.host)) return invalid(key, `it must be within ${match}`)
  return { ok: true, value: parsed.host }
}

function invalid(key: string, problem: string) {
  const details = { problems: [{ pointer: `/${key}`, message: problem }] }
  return refused('CONFIG_INVALID', `config.${key} is no host that may be reached: ${problem}`, { details })
}

/** A credential goes only to a host that is granted. */
function injectionGrants(
  { host, in: place, name, template }: InjectionWish,
  configured: ReadonlyMap<string, string>,
  egress: readonly EgressGrant[],
): CredentialInjection[] {
  const target = host.startsWith('{{') ? configured.get(host) : host
  if (target === undefined || !egress.some((grant) => hostCovers(grant.host, target))) return []
  if (place === 'mtls') return [{ host: target, in: place }]
  if (template === undefined) return []
  return [{ host: target, in: place, template, ...(name === undefined ? {} : { name }) }]
}
