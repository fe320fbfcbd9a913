import { grantOf } from '@annex/sdk/read-grants'
import type { Handles } from '../../runtime/storage/port.ts'
import { permissionSheet } from '../catalog/permission-words.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { versions } from '../publishing/publishing-collections.ts'
import { carriedGrant } from './carried-grant.ts'
import type { Granted } from './consent.ts'
import { asksNoMore } from './consent-difference.ts'
import {
  type ConsentDocument,
  consents,
  type GrantedConsent,
  type InstallationDocument,
} from './installation-collections.ts'
import { installedRelease } from './installed-release.ts'

const REASON = 'versions belong to publishers, which belong to no organization'
/** Agreements that are looked at, the latest first. */
const MOST = 50

/**
 * The consent that a version may run with because an admin agreed to as much before: to the grant that is in force, or
 * since the grant was last changed by hand to one for a version that asked for no less. An agreement counts for the
 * manifest that it was given for and no other, and never for what a later one withheld.
 */
export async function coveredConsent(
  handles: Handles,
  installation: InstallationDocument,
  target: ReleaseFacts,
): Promise<GrantedConsent | undefined> {
  const { consent } = installation
  const current = await installedRelease(handles, installation)
  const inForce = current && cover(current, consent, target)
  if (inForce && isEnough(inForce, target))
    return { ...inForce, consentId: consent.consentId, by: consent.by, at: consent.at }
  const withheld = new Set<string>()
  for (const { _id: consentId, by, at, ...given } of await agreements(handles, installation)) {
    const version = await handles.asSystem(REASON)(versions).get(`${given.extension}@${given.version}`)
    const granted = version && cover(version, without(given, withheld), target)
    if (granted && isEnough(granted, target)) return { ...granted, consentId, by, at }
    for (const part of given.withheld) withheld.add(part)
  }
  return undefined
}

type Given = Pick<GrantedConsent, 'manifestDigest' | 'scopes' | 'hosts'>

function without({ manifestDigest, scopes, hosts }: Given, withheld: ReadonlySet<string>): Given {
  return {
    manifestDigest,
    scopes: scopes.filter((entry) => !withheld.has(grantOf(entry).scope)),
    hosts: hosts.filter((host) => !withheld.has(host)),
  }
}

function isEnough({ scopes, hosts }: Granted, { capabilities }: ReleaseFacts): boolean {
  const { required } = capabilities.scopes
  const sheet = permissionSheet(capabilities)
  const given = scopes.map((entry) => grantOf(entry).scope)
  return required.every(({ scope }) => given.includes(scope)) && sheet.hosts.every(({ host }) => hosts.includes(host))
}

function cover(version: ReleaseFacts, granted: Given, target: ReleaseFacts): Granted | undefined {
  if (granted.manifestDigest !== version.manifestDigest || !asksNoMore(version, target)) return undefined
  return carriedGrant(version, granted, target)
}

/** The latest first, back to the last change of the grant by hand: what that took away no older agreement gives back. */
async function agreements(handles: Handles, installation: InstallationDocument): Promise<ConsentDocument[]> {
  const { organizationId = '', _id: installationId } = installation
  const query = { where: { installationId }, sort: [['epoch', 'desc']] as const, limit: MOST }
  const { data } = await handles.forOrganization(organizationId)(consents).find(query)
  const changed = data.findIndex(({ kind }) => kind === 'grant')
  return changed === -1 ? data : data.slice(0, changed + 1)
}
