import { refusal } from '../result.ts'
import { openOwnBlob } from '../storage/own-blob.ts'
import type { Store } from '../storage/port.ts'
import { type Access, auditEntry, type Denied } from './authorize.ts'
import type { StoredContent } from './content-documents.ts'
import { recordOf } from './record.ts'
import { collectionOf } from './resource-collections.ts'

/** The bytes of a record, and what is to be said of them. */
export interface RecordContent extends Pick<StoredContent, 'size' | 'type' | 'digest'> {
  /** For people: as they, or a connector, named it. */
  name?: string
  /** From the beginning at each call. */
  open(): AsyncIterable<Uint8Array>
}

/** A record that the row filter hides, and one that has no content, are answered like one that is not there. */
export async function openContent(
  store: Store,
  access: Access,
  id: string,
): Promise<{ content: RecordContent } | { denied: Denied }> {
  const { principal, resource, filter } = access
  const stored = await store.forOrganization(principal.organizationId)(collectionOf(resource)).get(id)
  const answer = { refusal: refusal('NOT_FOUND', `there is no such content in ${resource.name}`) }
  if (!stored) return { denied: answer }
  if (!filter.matches(recordOf(stored))) {
    const entry = auditEntry(access, { outcome: 'refused', rule: 'row-condition', target: id })
    return { denied: { ...answer, entry } }
  }
  if (!stored.content) return { denied: answer }
  const { blob, size, type, digest } = stored.content
  const shown = !access.limits.columns || access.limits.columns.includes('name')
  const { name } = stored.fields
  return {
    content: {
      ...{ size, type, digest },
      ...(shown && typeof name === 'string' ? { name } : {}),
      open: () => openOwnBlob(store.blobs, blob),
    },
  }
}
