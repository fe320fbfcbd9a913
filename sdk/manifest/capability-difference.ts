import { canonicalJson } from '../canonical-json.ts'
import { isLimited } from '../scope-limits.ts'
import type { Capabilities, ConfigHostWish, HostWish, InjectionWish, ScopeWish } from './capabilities.ts'
import { hostCovers } from './host-pattern.ts'
import { limitsWithin } from './limits-within.ts'

/** What a version may do: `paid` when something is to be bought. */
export interface Asked {
  capabilities: Capabilities
  paid: boolean
}

/** One thing that a later version may do and the earlier one might not. */
export interface Widening {
  kind: 'kind' | 'scope' | 'host' | 'credential' | 'secret' | 'webhook' | 'event' | 'dependency' | 'price'
  /** What it is about: the scope, the host, the secret. Text of the package. */
  name: string
  /** In plain words, without the name. */
  words: WideningWords
}

/** What there is to say of a widening: a closed list, so that it can be told in other languages. */
export type WideningWords = PlainWords | `${WordsOf} (${string})`

export type PlainWords =
  | 'is what the extension has become'
  | 'was free and is not any more'
  | 'was optional and is required'
  | 'is a new scope'
  | 'has wider limits'
  | 'has no limits any more'
  | 'is a wider pattern of hosts'
  | 'is a new host'
  | 'is a new host of the configuration'
  | 'may be set to more hosts'
  | 'is a new secret among the credentials'
  | 'is another type of credentials'
  | 'is a new place to sign in'
  | 'is a new scope where the sign-in is'
  | 'is asked without PKCE now'
  | 'is a new event that it receives'
  | 'is a new dependency'
  | 'is how calls from outside are let in now'

/** Followed by one word of the manifest's vocabulary in brackets. */
export type WordsOf = 'gets a credential in a new way' | 'is a new secret to sign with'

/**
 * What widened between two versions, part by part. Sets are compared, not texts: other words, another order or a narrower
 * wish is no widening.
 */
export function capabilityDifference(before: Asked, after: Asked): Widening[] {
  const [was, is] = [before.capabilities, after.capabilities]
  return [
    ...(was.kind === is.kind ? [] : [widening('kind', is.kind, 'is what the extension has become')]),
    ...scopes(was, is),
    ...hosts(was, is),
    ...credentials(was, is),
    ...others(was, is),
    ...(after.paid && !before.paid ? [widening('price', 'pricing', 'was free and is not any more')] : []),
  ]
}

function widening(kind: Widening['kind'], name: string, words: WideningWords): Widening {
  return { kind, name, words }
}

function scopes(was: Capabilities, is: Capabilities): Widening[] {
  const earlier = new Map([...was.scopes.required, ...was.scopes.optional].map((wish) => [wish.scope, wish]))
  const optional = new Set(was.scopes.optional.map(({ scope }) => scope))
  return [
    ...is.scopes.required.flatMap((wish) => [
      ...scopeWidening(wish, earlier),
      ...(optional.has(wish.scope) ? [widening('scope', wish.scope, 'was optional and is required')] : []),
    ]),
    ...is.scopes.optional.flatMap((wish) => scopeWidening(wish, earlier)),
  ]
}

function scopeWidening(wish: ScopeWish, earlier: ReadonlyMap<string, ScopeWish>): Widening[] {
  const was = earlier.get(wish.scope)
  if (!was) return [widening('scope', wish.scope, 'is a new scope')]
  if (limitsWithin(wish, was)) return []
  return [widening('scope', wish.scope, isLimited(wish) ? 'has wider limits' : 'has no limits any more')]
}

function hosts(was: Capabilities, is: Capabilities): Widening[] {
  const fixed = is.egress
    .filter((wish) => !was.egress.some((other) => sameTarget(other, wish) && hostCovers(other.host, wish.host)))
    .map((wish) => {
      const wider = was.egress.some((other) => sameTarget(other, wish) && hostCovers(wish.host, other.host))
      return widening('host', hostName(wish), wider ? 'is a wider pattern of hosts' : 'is a new host')
    })
  const configured = is.configHosts.flatMap((wish) => {
    const same = was.configHosts.find(({ key }) => key === wish.key)
    if (!same) return [widening('host', `config.${wish.key}`, 'is a new host of the configuration')]
    return matchCovers(same, wish) ? [] : [widening('host', `config.${wish.key}`, 'may be set to more hosts')]
  })
  return [...fixed, ...configured]
}

function sameTarget(a: Pick<HostWish, 'scheme' | 'port'>, b: Pick<HostWish, 'scheme' | 'port'>): boolean {
  return a.scheme === b.scheme && a.port === b.port
}

function matchCovers(was: ConfigHostWish, is: ConfigHostWish): boolean {
  return sameTarget(was, is) && (was.match === 'any' || hostCovers(was.match, is.match))
}

function hostName({ host, scheme, port }: HostWish): string {
  return scheme === 'https' && port === 443 ? host : `${scheme}://${host}:${port}`
}

function credentials(was: Capabilities, is: Capabilities): Widening[] {
  const injected = is.injections
    .filter((one) => !was.injections.some((other) => hostCovers(other.host, one.host) && samePlace(other, one)))
    .map((one) => widening('credential', one.host, `gets a credential in a new way (${one.in})`))
  if (!is.credentials) return injected
  const { type, fields, oauth2 } = is.credentials
  const known = was.credentials
  const asked = fields
    .filter((field) => !known?.fields.includes(field))
    .map((field) => widening('secret', field, 'is a new secret among the credentials'))
  const typed = known && known.type !== type ? [widening('credential', type, 'is another type of credentials')] : []
  return [...asked, ...typed, ...(oauth2 ? providers(known?.oauth2, oauth2) : []), ...injected]
}

function samePlace(a: InjectionWish, b: InjectionWish): boolean {
  return a.in === b.in && a.name?.toLowerCase() === b.name?.toLowerCase() && a.template === b.template
}

type OAuth2 = NonNullable<NonNullable<Capabilities['credentials']>['oauth2']>

function providers(was: OAuth2 | undefined, is: OAuth2): Widening[] {
  const { authorizationUrl, tokenUrl } = is
  if (was?.authorizationUrl !== authorizationUrl || was.tokenUrl !== tokenUrl)
    return [widening('credential', authorizationUrl, 'is a new place to sign in')]
  const scoped = is.scopes
    .filter((scope) => !was.scopes.includes(scope))
    .map((scope) => widening('credential', scope, 'is a new scope where the sign-in is'))
  const unproved = was.pkce && !is.pkce ? [widening('credential', authorizationUrl, 'is asked without PKCE now')] : []
  return [...scoped, ...unproved]
}

function others(was: Capabilities, is: Capabilities): Widening[] {
  const secrets = is.secrets
    .filter(({ ref, use }) => !was.secrets.some((other) => other.ref === ref && other.use === use))
    .map(({ ref, use }) => widening('secret', ref, `is a new secret to sign with (${use})`))
  const events = is.events.subscribes
    .filter((type) => !was.events.subscribes.includes(type))
    .map((type) => widening('event', type, 'is a new event that it receives'))
  const needed = is.dependencies
    .filter(({ name }) => !was.dependencies.some((other) => other.name === name))
    .map(({ name }) => widening('dependency', name, 'is a new dependency'))
  const { webhook } = is
  const called = webhook && (!was.webhook || canonicalJson({ ...was.webhook }) !== canonicalJson({ ...webhook }))
  return [
    ...secrets,
    ...(called ? [widening('webhook', webhook.scheme, 'is how calls from outside are let in now')] : []),
    ...events,
    ...needed,
  ]
}
