import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { capabilityDifference } from '@annex/sdk/manifest/capability-difference'
import { isPaid } from '@annex/sdk/manifest/is-paid'
import { readCapabilities } from '@annex/sdk/manifest/normalize-manifest'
import { isLimited } from '@annex/sdk/scope-limits'
import { SCOPE_RESOURCES, type ScopeAction } from '@annex/sdk/scopes'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, OutsideStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man09: Rule = {
  id: 'MAN-09',
  severity: 'review',
  stage: 'manifest',
  title: 'What is asked for is no more than is needed',
  why: 'The wider a permission, the greater the harm when the extension is faulty, or falls into other hands.',
  fix: 'Name the hosts and scopes that the extension uses, with limits where they will do. Tell the reviewer why it needs the rest.',
  check: wideWishes,
  outside: widenings,
}

function* wideWishes({ manifest, place }: ManifestStage): Iterable<Observation> {
  const { capabilities } = readCapabilities(manifest)
  const at = (pointer: string) => ({ file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) })
  for (const { host } of capabilities.egress.filter(({ host }) => isWildcard(host)))
    yield { ...at('/annex/egress'), message: `${shown(host)} covers every host below it` }
  for (const { key } of capabilities.configHosts.filter(({ match }) => match === 'any'))
    yield {
      ...at('/annex/egress'),
      message: `the host in ${shown(`config.${key}`)} may be any host`,
      fix: 'If all such hosts end alike, say so in `match`.',
    }
  for (const { host } of capabilities.injections.filter(({ host }) => isWildcard(host)))
    yield { ...at('/annex/credentials/inject'), message: `a credential goes to every host below ${shown(host)}` }
  for (const action of ['read', 'write'] as const) {
    const count = unlimited(capabilities, action)
    if (count <= SCOPE_RESOURCES.length / 2) continue
    const message = `it asks to ${action} all records of ${count} of the ${SCOPE_RESOURCES.length} resources`
    yield { ...at('/annex/permissions'), message }
  }
}

function isWildcard(host: string): boolean {
  return host.startsWith('*.')
}

/** How many resources are asked for without limits. */
function unlimited({ scopes }: Capabilities, action: ScopeAction): number {
  const wishes = [...scopes.required, ...scopes.optional]
  return wishes.filter((wish) => wish.scope.startsWith(`${action}:`) && !isLimited(wish)).length
}

/** Against the version that a reviewer looked at last. */
function widenings({ package: held, outside }: OutsideStage): Iterable<Observation> | undefined {
  const { versions, previous } = outside
  if (previous === undefined) return versions === undefined ? undefined : []
  const after = { capabilities: held.capabilities, paid: isPaid(held.manifest) }
  const before = { capabilities: previous.capabilities, paid: previous.paid ?? after.paid }
  return capabilityDifference(before, after).map(({ name, words }) => ({
    message: `since ${previous.version}: ${shown(name)} ${words}`,
    file: MANIFEST_FILE,
    pointer: '/annex',
    fix: 'If it is needed, leave it: a person looks at it, and administrators are asked again.',
  }))
}
