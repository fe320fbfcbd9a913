import { hostCovers } from '@annex/sdk/manifest/host-pattern'
import { readCapabilities } from '@annex/sdk/manifest/normalize-manifest'
import { readDescription } from '../describe.ts'
import { type Observation, shown } from '../finding.ts'
import { DESCRIBE_FILE, MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { usedByPlatform } from '../used-by-platform.ts'
import { codeAddresses } from './code-addresses.ts'
import { entryPlace, entrySyntax, type ScriptSyntax } from './entry-syntax.ts'
import { platformUse } from './platform-use.ts'

export const man10: Rule = {
  id: 'MAN-10',
  severity: 'warning',
  stage: 'manifest',
  title: 'The extension asks for what its code uses, and for no more',
  waivable: true,
  why: 'A call without its scope is refused; a scope or host without use is trust that nobody needs to give.',
  fix: 'Ask in package.json for each scope that a call needs, and delete scopes and hosts that nothing uses.',
  check: (context) => {
    const syntax = entrySyntax(context)
    return syntax ? [...scopeProblems(context, syntax), ...unusedHosts(context, syntax)] : []
  },
}

function* scopeProblems(context: ManifestStage, syntax: ScriptSyntax): Iterable<Observation> {
  const { required, optional } = readCapabilities(context.manifest).capabilities.scopes
  const asked = new Set<string>([...required, ...optional].map(({ scope }) => scope))
  const { scopes, computed } = platformUse(syntax.tree)
  const told = new Set<string>()
  for (const { scope, index } of scopes) {
    if (asked.has(scope) || told.has(scope)) continue
    told.add(scope)
    const message = `a call needs the scope ${scope}, which package.json does not ask for`
    yield { message, severity: 'error', ...entryPlace(context, syntax, index) }
  }
  if (computed) return
  const used = new Set(scopes.map(({ scope }) => scope))
  const elsewhere = usedByPlatform(context.manifest.annex.events?.subscribes ?? [], streamsOf(context))
  const pointer = '/annex/permissions'
  for (const scope of asked) {
    if (used.has(scope) || elsewhere(scope)) continue
    const message = `the scope ${scope} is asked for, and no call in the code needs it`
    yield { message, file: MANIFEST_FILE, pointer, line: lineAt(context.place, pointer) }
  }
}

function streamsOf({ package: { files } }: ManifestStage) {
  const read = readDescription(files.get(DESCRIBE_FILE) ?? new Uint8Array())
  return read.ok ? read.description.streams : undefined
}

/** Hosts that stand nowhere in the code, where no host is put together and none comes from the configuration. */
function* unusedHosts(context: ManifestStage, { tree }: ScriptSyntax): Iterable<Observation> {
  const { egress, configHosts } = readCapabilities(context.manifest).capabilities
  if (egress.length === 0 || configHosts.length > 0) return
  const { addresses, computed } = codeAddresses(tree)
  if (computed) return
  const texts = tree.nodes('Literal').flatMap(({ node }) => (typeof node.value === 'string' ? [node.value] : []))
  texts.push(...tree.nodes('TemplateLiteral').flatMap(({ node }) => node.quasis.map(({ value }) => value.raw)))
  const pointer = '/annex/egress'
  for (const { host } of egress) {
    const name = host.replace(/^\*\./, '')
    if (addresses.some((address) => hostCovers(host, address.host)) || texts.some((text) => text.includes(name)))
      continue
    const message = `${shown(host)} is asked for, and stands nowhere in the code`
    yield { message, file: MANIFEST_FILE, pointer, line: lineAt(context.place, pointer) }
  }
}
