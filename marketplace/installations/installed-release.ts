import type { Store } from '../../runtime/storage/port.ts'
import { drafts, type ReleaseFacts } from '../publishing/drafts-collection.ts'
import { versions } from '../publishing/publishing-collections.ts'
import { type InstallationDocument, installations } from './installation-collections.ts'

const REASON = 'versions belong to publishers, which belong to no organization'

type Installed = Pick<InstallationDocument, 'organizationId' | 'extension' | 'version' | 'draft'>

/** What an installation is of: a published version, or a draft of its organization. */
export async function installedRelease(
  store: Store,
  { organizationId, extension, version, draft }: Installed,
): Promise<ReleaseFacts | undefined> {
  if (draft === undefined) return store.asSystem(REASON)(versions).get(`${extension}@${version}`)
  return organizationId === undefined ? undefined : store.forOrganization(organizationId)(drafts).get(draft.id)
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
