import type { Handle } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { roleIn } from './publishers.ts'
import type { ExtensionDocument, VersionDocument, Visibility } from './publishing-collections.ts'

/** Whoever looks at the catalog, as far as that decides what there is to see. */
export interface Viewer {
  organizations: readonly string[]
  /** A person, or the one behind a key. */
  userId?: string
  /** Reviewers and moderators see what they judge. */
  oversees: boolean
}

export const ANYBODY: Viewer = { organizations: [], oversees: false }

export function viewerOf(identity: Identity | undefined): Viewer {
  if (!identity) return ANYBODY
  const { userId, principal, organizationIds, platformRoles } = identity
  const organizations = principal ? [principal.organizationId] : organizationIds
  return { organizations, userId, oversees: identity.kind === 'user' && platformRoles.length > 0 }
}

export function viewerIn(organizationId: string): Viewer {
  return { organizations: [organizationId], oversees: false }
}

/** Whether there is such an extension for them. The one answer for the catalog, its packages and installations. */
export async function maySee(handle: Handle, viewer: Viewer, extension: ExtensionDocument): Promise<boolean> {
  const { visibility } = extension
  if (visibility?.kind !== 'organization' || viewer.oversees) return true
  if (visibility.organizations.some((one) => viewer.organizations.includes(one))) return true
  return viewer.userId !== undefined && (await roleIn(handle, viewer.userId, extension.publisher)) !== undefined
}

/** What nobody looked at is never there for more than the publisher's own organizations. */
export async function maySeeVersion(
  handle: Handle,
  viewer: Viewer,
  extension: ExtensionDocument,
  version: VersionDocument,
): Promise<boolean> {
  if (!isOffered(extension, version) && !viewer.oversees) return false
  return maySee(handle, viewer, extension)
}

/** For whom something has to be there: everybody, or each of these organizations. */
export type Audience = 'everybody' | readonly string[]

export function audienceOf(visibility: Visibility | undefined): Audience {
  return visibility?.kind === 'organization' ? visibility.organizations : 'everybody'
}

/** Whether all of the audience may see the extension, as organizations: who is a member of its publisher is no matter. */
export function reaches({ visibility }: ExtensionDocument, audience: Audience): boolean {
  if (visibility?.kind !== 'organization') return true
  return audience !== 'everybody' && audience.every((one) => visibility.organizations.includes(one))
}

/** What nobody looked at is there only as long as its extension is for the own organizations. */
export function isOffered({ visibility }: ExtensionDocument, { unreviewed }: VersionDocument): boolean {
  return !unreviewed || isPrivate(visibility)
}

export function isPrivate(visibility: Visibility | undefined): boolean {
  return visibility?.kind === 'organization'
}
