import { readCapabilities } from '@annex/sdk/manifest/normalize-manifest'
import { readDescription } from '../describe.ts'
import type { Observation } from '../finding.ts'
import { shown } from '../finding.ts'
import { DESCRIBE_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { isBelow } from './address-book.ts'
import { codeAddresses } from './code-addresses.ts'
import { declaresHost } from './declared-hosts.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { type TelemetryVendor, vendorOfHost, vendorOfLibrary } from './telemetry-vendors.ts'

export const code12: Rule = {
  id: 'CODE-12',
  severity: 'warning',
  stage: 'manifest',
  title: 'Telemetry is declared',
  waivable: true,
  why: 'An organization decides who hears of its work; telemetry that is not declared tells others without asking.',
  fix: 'Take the telemetry out: the platform shows logs and faults. Or declare its host under `annex.egress` with the reason.',
  check: (context) => [...addresses(context), ...libraries(context)],
}

function* addresses(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  const declared = declaresHost(context.manifest)
  const told = new Set<string>()
  for (const { host, index } of codeAddresses(syntax.tree).addresses) {
    const vendor = declared(host) ? undefined : vendorOfHost(host)
    if (!vendor || told.has(host)) continue
    told.add(host)
    yield { message: `${shown(host)} collects telemetry for ${vendor.name}`, ...entryPlace(context, syntax, index) }
  }
}

function* libraries({ manifest, package: { files } }: ManifestStage): Iterable<Observation> {
  const read = readDescription(files.get(DESCRIBE_FILE) ?? new Uint8Array())
  // MAN-11 tells of a description that is not there or is none.
  if (!read.ok) return
  const { egress } = readCapabilities(manifest).capabilities
  const allowed = ({ hosts }: TelemetryVendor) =>
    egress.some((wish) => hosts.some((host) => isBelow(wish.host.replace('*.', ''), host)))
  for (const { name } of read.description.libraries ?? []) {
    const vendor = vendorOfLibrary(name)
    if (vendor && !allowed(vendor))
      yield { message: `the library ${shown(name)} sends telemetry to ${vendor.name}`, file: DESCRIBE_FILE }
  }
}
