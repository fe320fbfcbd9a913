import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { InjectionWish } from '@annex/sdk/manifest/capabilities'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import { limitsOf } from '@annex/sdk/scope-limits'
import type { ActiveInstallation, CredentialInjection } from '../installation-source.ts'

/**
 * An installation with everything granted that the manifest asks for. A recording holds no secret, so in a fixture none
 * is added to what is replayed: only with `credentials` are there injections.
 */
export function localInstallation(
  manifest: Manifest,
  digest: string,
  config: JsonObject,
  { credentials = false, organizationId = 'org_local' } = {},
): ActiveInstallation {
  const { kind, scopes, egress, configHosts, injections } = normalizeManifest(manifest)
  const configured = configHosts.flatMap(({ key, scheme, port }) => {
    const host = config[key]
    return typeof host === 'string' ? [{ host: host.toLowerCase(), scheme, port }] : []
  })
  return {
    id: 'ins_local',
    organizationId,
    extension: manifest.name,
    kind,
    version: manifest.version,
    digest,
    epoch: 1,
    grants: [...scopes.required, ...scopes.optional].map(({ scope, ...wish }) => ({ scope, ...limitsOf(wish) })),
    egress: [...egress.map(({ host, scheme, port }) => ({ host, scheme, port })), ...configured],
    injections: credentials ? injections.flatMap((wish) => injectionOf(wish, config)) : [],
    config,
  }
}

function injectionOf({ host, template, ...wish }: InjectionWish, config: JsonObject): CredentialInjection[] {
  const key = /^{{config[.](.+)}}$/.exec(host)?.[1]
  const named = key === undefined ? host : config[key]
  if (typeof named !== 'string') return []
  const at = named.toLowerCase()
  if (wish.in === 'mtls') return [{ host: at, in: wish.in }]
  return template === undefined ? [] : [{ ...wish, in: wish.in, host: at, template }]
}
