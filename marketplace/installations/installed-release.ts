import type { Handles, Store } from '../../runtime/storage/port.ts'
import { drafts, type ReleaseFacts } from '../publishing/drafts-collection.ts'
import { versions } from '../publishing/publishing-collections.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'

const REASON = 'versions belong to publishers, which belong to no organization'

type Installed = Pick<InstallationDocument, 'organizationId' | 'extension' | 'version' | 'draft'>

/** What an installation is of: a published version, or a draft of its organization. */
export async function installedRelease(
  handles: Handles,
  { organizationId, extension, version, draft }: Installed,
): Promise<ReleaseFacts | undefined> {
  if (draft === undefined) return handles.asSystem(REASON)(versions).get(`${extension}@${version}`)
  return organizationId === undefined ? undefined : handles.forOrganization(organizationId)(drafts).get(draft.id)
}

/** The same, of what is there: versions are never deleted, and a draft not before its installation. */
export async function releaseOf(handles: Handles, installation: InstallationDocument): Promise<ReleaseFacts> {
  const release = await installedRelease(handles, installation)
  if (release) return release
  throw new Error(`${installation._id} is of ${installation.extension}@${installation.version}, which does not exist`)
}

/** The draft of an extension that is installed in an organization. */
export async function installedDraft(
  store: Store,
  organizationId: string,
  extension: string,
): Promise<string | undefined> {
  const where = { liveKey: extension }
  const { data } = await store.forOrganization(organizationId)(installations).find({ where, limit: 1 })
  return data[0]?.draft?.id
}
