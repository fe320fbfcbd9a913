import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import { readCapabilities } from '@annex/sdk/manifest/normalize-manifest'
import { getPublicSuffix } from 'tldts'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man08: Rule = {
  id: 'MAN-08',
  severity: 'error',
  stage: 'manifest',
  title: 'What the extension asks for has one meaning',
  why: 'An administrator consents to what is written here, and the platform holds the extension to it.',
  fix: 'Name scopes of the platform, full host names, and for each credential the host that gets it.',
  check: capabilityProblems,
}

function* capabilityProblems({ manifest, place }: ManifestStage): Iterable<Observation> {
  const { capabilities, problems } = readCapabilities(manifest)
  for (const { pointer, message } of problems)
    yield { message, file: MANIFEST_FILE, pointer: pointer.slice(0, 300), line: lineAt(place, pointer) }
  for (const host of tooWide(capabilities)) {
    const line = lineAt(place, '/annex/egress')
    yield { message: `${shown(host)} covers names of many owners`, file: MANIFEST_FILE, pointer: '/annex/egress', line }
  }
}

/** Wildcards right below a public suffix: `*.com`, `*.co.uk`, `*.github.io`. */
function tooWide(capabilities: Capabilities): string[] {
  const patterns = [
    ...capabilities.egress.map((wish) => wish.host),
    ...capabilities.configHosts.map((wish) => wish.match),
  ]
  return patterns.filter((pattern) => {
    const name = pattern.startsWith('*.') ? pattern.slice(2) : undefined
    return name !== undefined && getPublicSuffix(name, { allowPrivateDomains: true }) === name
  })
}
