import type { SealedSecret } from '../../runtime/secrets/secret-box.ts'
import { collection, type Stored } from '../../runtime/storage/port.ts'

/** Appended, never changed. `_id` is the sequence in ten digits. */
export interface KillEntryDocument extends Stored {
  seq: number
  /** See `targetKey`. */
  key: string
  /** The canonical JSON of a `KillEntry`: what the digest of the list covers. */
  text: string
  /** A principal. Outsiders do not see it. */
  by: string
}

/** How far the list goes; there is one. */
export interface KillHeadDocument extends Stored {
  /** Of the last entry; 0 before the first. */
  seq: number
  /** See `chained`. */
  digest: string
  /** The signature: see `killStatement`. */
  kid: string
  statement: string
  value: string
  /** Sequence and digest, sealed by the service: lets the list be signed anew when its key is revoked. */
  proof: SealedSecret & Record<string, string>
}

export const killEntries = collection<KillEntryDocument>({
  name: 'killEntries',
  scope: 'system',
  indexes: { bySeq: { fields: ['seq'], unique: true }, byKey: { fields: ['key', 'seq'] } },
})

export const killHeads = collection<KillHeadDocument>({ name: 'killHeads', scope: 'system', indexes: {} })

export const killListCollections = [killEntries, killHeads]

export const HEAD_ID = 'head'
export const KILL_REASON = 'the kill list is the same for everybody'
/** The type of the event that tells of an entry. */
export const KILL_LIST_CHANGED = 'kill-list.changed'

export function entryId(seq: number): string {
  return String(seq).padStart(10, '0')
}
