import { collection, type Stored } from '../storage/port.ts'
import { documentId } from './document-id.ts'

/** Which record of ours is which record of theirs. */
export interface SyncLink extends Stored {
  organizationId: string
  integrationId: string
  stream: string
  /** INBOUND: the source's primary key. OUTBOUND: our record's id. */
  externalId: string
  localId: string
  /** INBOUND: where `localId` is. Absent on links of an older release. */
  resource?: string
  /** INBOUND: fingerprint of the record as last written; the same again is no change. */
  hash?: string
  /** INBOUND: the source deleted it. */
  deletedAt?: string
  /** OUTBOUND: what the other side calls it, and the fingerprint of what it last took. */
  remoteId?: string
  sentHash?: string
  /** OUTBOUND: the run that sent it last. */
  runId?: string
  updatedAt: string
}

export const syncLinks = collection<SyncLink>({
  name: 'syncLinks',
  scope: 'organization',
  indexes: {},
})

/** Longer ones are hashed: an `_id` has its limits. */
const READABLE_ID = /^[^\0]{1,256}$/su

/**
 * Made of the words themselves, so that links of records that come in their order lie together in the index. Neither an
 * integration's id nor the name of a stream has a slash.
 */
export function linkId(integrationId: string, stream: string, externalId: string): string {
  if (!READABLE_ID.test(externalId)) return documentId('lnk', integrationId, stream, externalId)
  return `${integrationId}/${stream}/${externalId}`
}
