import { type Observation, type Severity, shown } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { isBelow, isDrop, isNameOnly, isPrivate } from './address-book.ts'
import { type CodeAddress, codeAddresses } from './code-addresses.ts'
import { declaresHost } from './declared-hosts.ts'
import { isFromLibrary } from './entry-map.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { vendorOfHost } from './telemetry-vendors.ts'

export const code09: Rule = {
  id: 'CODE-09',
  severity: 'warning',
  stage: 'manifest',
  title: 'Addresses in the code are declared',
  waivable: true,
  why: 'What is not declared under `egress` cannot be reached; an address of this kind is a mistake, or meant to be hidden.',
  fix: 'Declare the host under `annex.egress` with its reason, take it from the configuration, or delete the address.',
  check: strangeAddresses,
}

function* strangeAddresses(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  const declared = declaresHost(context.manifest)
  const own = ownPages(context)
  const told = new Set<string>()
  for (const address of codeAddresses(syntax.tree).addresses) {
    const { host, index } = address
    // CODE-12 tells of those who collect telemetry.
    if (declared(host) || isNameOnly(host) || own.has(host) || vendorOfHost(host)) continue
    const seen = judge(address)
    if (told.has(`${host} ${seen.severity}`)) continue
    told.add(`${host} ${seen.severity}`)
    const quiet = seen.severity === 'warning' && isFromLibrary(context, syntax, index)
    yield { ...seen, ...(quiet ? { severity: 'note' } : {}), ...entryPlace(context, syntax, index) }
  }
}

function judge(address: CodeAddress): { message: string; severity: Severity } {
  const host = shown(address.host)
  if (isDrop(address)) return { message: `${host} takes whatever anybody leaves there`, severity: 'review' }
  if (isPrivate(address.host))
    return { message: `${host} is an address of this machine or its network`, severity: 'warning' }
  return { message: `${host} stands in the code and is not declared`, severity: 'warning' }
}

/** Hosts of pages about the extension, which its messages may point to. */
function ownPages({ manifest }: ManifestStage): Set<string> {
  const { homepage, repository } = manifest
  const urls = [homepage, typeof repository === 'string' ? repository : repository?.url]
  const hosts = urls.map((url) => (url === undefined ? undefined : URL.parse(url.replace(/^git\+/, ''))?.hostname))
  return new Set(hosts.filter((host) => host !== undefined && !isBelow(host, 'localhost')) as string[])
}
