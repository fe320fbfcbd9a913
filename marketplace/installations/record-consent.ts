import { grantOf } from '@annex/sdk/read-grants'
import type { Ids } from '../../runtime/ids.ts'
import type { Handle } from '../../runtime/storage/port.ts'
import { permissionSheet } from '../catalog/permission-words.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { Granted } from './consent.ts'
import { type ConsentKind, consents, type GrantedConsent } from './installation-collections.ts'

/** One agreement of an admin's: to what, for which version, and in the place of what. */
export interface Agreement {
  kind: ConsentKind
  installationId: string
  version: ReleaseFacts
  /** Of the installation after the commit: agreements come in its order. */
  epoch: number
  /** The grant before; absent: none. */
  before?: Pick<Granted, 'scopes' | 'hosts'>
}

/** The consent of an agreement, which `recordConsent` writes down in the same commit. */
export function consentOf(
  ids: Ids,
  { manifestDigest, scopes, hosts }: Granted,
  { by, at }: { by: string; at: string },
): GrantedConsent {
  return { consentId: ids('con'), manifestDigest, scopes, hosts, by, at }
}

/** Appends it for good. */
export async function recordConsent(tenant: Handle, consent: GrantedConsent, agreement: Agreement): Promise<void> {
  const { kind, installationId, epoch, version, before = { scopes: [], hosts: [] } } = agreement
  const { consentId: _id, ...granted } = consent
  const [was, is] = [partsOf(before), partsOf(consent)]
  await tenant(consents).insert({
    _id,
    kind,
    installationId,
    epoch,
    extension: version.extension,
    version: version.version,
    ...granted,
    added: is.filter((part) => !was.includes(part)),
    removed: was.filter((part) => !is.includes(part)),
    withheld: askedBy(version).filter((part) => !is.includes(part)),
  })
}

function askedBy({ capabilities }: ReleaseFacts): string[] {
  const { required, optional, hosts } = permissionSheet(capabilities)
  return [...[...required, ...optional].map(({ scope }) => scope), ...hosts.map(({ host }) => host)]
}

function partsOf({ scopes, hosts }: Pick<Granted, 'scopes' | 'hosts'>): string[] {
  return [...scopes.map((entry) => grantOf(entry).scope), ...hosts]
}
