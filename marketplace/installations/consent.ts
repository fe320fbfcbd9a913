import { normalizeScopes, type Scope } from '@annex/sdk/scopes'
import { type HostLine, type PermissionSheet, permissionSheet, type ScopeLine } from '../catalog/permission-words.ts'
import { type Outcome, refused } from '../errors.ts'
import type { VersionDocument } from '../publishing/publishing-collections.ts'

/** What an admin grants. Shorthands of scopes are expanded. */
export interface GrantRequest {
  /** The digest that the consent showed. */
  manifestDigest: string
  scopes: readonly string[]
  hosts: readonly string[]
}

export interface Granted {
  manifestDigest: string
  scopes: Scope[]
  hosts: string[]
}

/** What `CONSENT_REQUIRED` shows: everything that is asked for, and what the grant that was sent lacks. */
export interface ConsentSheet extends PermissionSheet {
  extension: string
  displayName: string
  version: string
  kind: 'connector' | 'transformation'
  digest: string
  manifestDigest: string
  missing: { scopes: ScopeLine[]; hosts: HostLine[] }
  /** The grant that was sent was given for other permissions. */
  outdated: boolean
  /** The least grant that is enough; optional scopes may be added. */
  grant: Granted
}

/** Holds a grant against what a version asks for: exactly its manifest, nothing required missing, nothing beyond. */
export function checkConsent(version: VersionDocument, request: GrantRequest | undefined): Outcome<Granted> {
  const sheet = permissionSheet(version.capabilities)
  const normalized = normalizeScopes(request?.scopes ?? [])
  if ('unknown' in normalized)
    return refused(
      'UNKNOWN_SCOPE',
      `there is no scope ${normalized.unknown.map((text) => JSON.stringify(text)).join(', ')}`,
    )
  const granted = {
    manifestDigest: request?.manifestDigest ?? '',
    scopes: normalized.scopes,
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
  const details = consentSheet(version, sheet, { missing, outdated: request !== undefined && outdated })
  return refused('CONSENT_REQUIRED', 'an admin must agree to what this extension asks for', { details })
}

function beyondManifest({ required, optional, hosts }: PermissionSheet, granted: Granted): string[] {
  const askedScopes = new Set([...required, ...optional].map((line) => line.scope))
  const askedHosts = new Set(hosts.map((line) => line.host))
  return [
    ...granted.scopes.filter((scope) => !askedScopes.has(scope)),
    ...granted.hosts.filter((host) => !askedHosts.has(host)),
  ]
}

function missingFrom({ required, hosts }: PermissionSheet, granted: Granted): ConsentSheet['missing'] {
  return {
    scopes: required.filter((line) => !granted.scopes.includes(line.scope)),
    hosts: hosts.filter((line) => !granted.hosts.includes(line.host)),
  }
}

function consentSheet(
  version: VersionDocument,
  sheet: PermissionSheet,
  difference: Pick<ConsentSheet, 'missing' | 'outdated'>,
): ConsentSheet {
  const { extension, digest, manifestDigest, card } = version
  return {
    extension,
    displayName: card.displayName,
    version: version.version,
    kind: card.kind,
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
