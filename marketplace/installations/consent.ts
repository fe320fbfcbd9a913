import { entryOf, type GrantEntry, grantOf } from '@annex/sdk/read-grants'
import type { ScopeEntry } from '@annex/sdk/scope-limits'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { HostLine, PermissionSheet, ScopeLine } from '../catalog/permission-sheet.ts'
import { permissionSheet } from '../catalog/permission-words.ts'
import { type Outcome, refused } from '../errors.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { PricingTerms } from '../publishing/publishing-collections.ts'
import { wantedGrants } from '../wanted-grants.ts'
import type { NeededExtension } from './dependency-plan.ts'

/** What an admin grants. Shorthands of scopes are expanded; each scope may be narrowed further, by limits of the admin's. */
export interface GrantRequest {
  /** The digest that the consent showed. */
  manifestDigest: string
  scopes: readonly ScopeEntry[]
  hosts: readonly string[]
}

export interface Granted {
  manifestDigest: string
  /** Sorted, each scope once. The limits are the admin's; those of the manifest apply besides. */
  scopes: GrantEntry[]
  hosts: string[]
}

/** What `CONSENT_REQUIRED` shows: everything that is asked for, and what the grant that was sent lacks. */
export interface ConsentSheet extends PermissionSheet {
  extension: string
  displayName: string
  version: string
  kind: 'connector' | 'transformation'
  pricing: string
  /** What it costs, as far as there is anything to say. */
  terms?: PricingTerms
  digest: string
  manifestDigest: string
  /** Extensions that must be installed before it, and whether they are. */
  dependencies: NeededExtension[]
  missing: { scopes: ScopeLine[]; hosts: HostLine[] }
  /** The grant that was sent was given for other permissions. */
  outdated: boolean
  /** The least grant that is enough; optional scopes may be added. */
  grant: Granted
}

/** Holds a grant against what a version asks for: exactly its manifest, nothing required missing, nothing beyond. */
export function checkConsent(
  version: ReleaseFacts,
  request: GrantRequest | undefined,
  dependencies: NeededExtension[] = [],
): Outcome<Granted> {
  const sheet = permissionSheet(version.capabilities)
  const wanted = wantedGrants(request?.scopes ?? [])
  if (!wanted.ok) return wanted
  const granted = {
    manifestDigest: request?.manifestDigest ?? '',
    scopes: wanted.value.map(entryOf),
    hosts: [...new Set(request?.hosts)].sort(),
  }
  const beyond = beyondManifest(sheet, granted)
  if (beyond.length > 0)
    return refused('GRANT_EXCEEDS_MANIFEST', `the extension does not ask for ${beyond.join(', ')}`, {
      details: { beyond },
    })
  const missing = missingFrom(sheet, granted)
  const outdated = granted.manifestDigest !== version.manifestDigest
  if (!outdated && missing.scopes.length === 0 && missing.hosts.length === 0) return { ok: true, value: granted }
  const difference = { missing, outdated: request !== undefined && outdated, dependencies }
  const details = consentSheet(version, sheet, difference)
  return refused('CONSENT_REQUIRED', 'an admin must agree to what this extension asks for', { details })
}

function beyondManifest({ required, optional, hosts }: PermissionSheet, granted: Granted): string[] {
  const asked = new Map([...required, ...optional].map((line) => [line.scope, line]))
  const askedHosts = new Set(hosts.map((line) => line.host))
  return [
    ...granted.scopes.map(grantOf).flatMap((grant) => beyondLine(asked.get(grant.scope), grant)),
    ...granted.hosts.filter((host) => !askedHosts.has(host)),
  ]
}

/**
 * Conditions and hours can only narrow, for those of the manifest apply besides. More fields or rows than it asks for
 * would not be granted either, but whoever grants them believes so.
 */
function beyondLine(line: ScopeLine | undefined, { scope, columns = [], maxRows }: ScopeGrant): string[] {
  if (!line) return [scope]
  const more = columns.filter((field) => line.columns && !line.columns.includes(field))
  const tooMany = line.maxRows !== undefined && maxRows !== undefined && maxRows > line.maxRows
  return [
    ...more.map((field) => `${scope} for the field ${field}`),
    ...(tooMany ? [`${scope} for ${maxRows} records at a time`] : []),
  ]
}

function missingFrom({ required, hosts }: PermissionSheet, granted: Granted): ConsentSheet['missing'] {
  const scopes = granted.scopes.map((entry) => grantOf(entry).scope)
  return {
    scopes: required.filter((line) => !scopes.includes(line.scope)),
    hosts: hosts.filter((line) => !granted.hosts.includes(line.host)),
  }
}

function consentSheet(
  version: ReleaseFacts,
  sheet: PermissionSheet,
  difference: Pick<ConsentSheet, 'missing' | 'outdated' | 'dependencies'>,
): ConsentSheet {
  const { extension, digest, manifestDigest, card } = version
  return {
    extension,
    displayName: card.displayName,
    version: version.version,
    kind: card.kind,
    pricing: card.pricing,
    ...(card.terms && { terms: card.terms }),
    digest,
    manifestDigest,
    ...sheet,
    ...difference,
    grant: {
      manifestDigest,
      scopes: sheet.required.map((line) => line.scope),
      hosts: sheet.hosts.map((line) => line.host),
    },
  }
}
