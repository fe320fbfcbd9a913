import { type Collection, collection, type Stored } from '../storage/port.ts'
import type { AuditOutcome } from './audit-entry.ts'

/**
 * The end of a chain: one per organization and node. `_id` is `<organization>/<node>`. Born by its first increment, which
 * holds off other writers; `node` and `hash` follow in the same commit.
 */
export interface AuditHead extends Stored {
  sequence: number
  node?: string
  hash?: string
}

/** A link of a chain, with the `_id` of its payload. It says nothing of the act: the payload does, and can be erased. */
export interface AuditLink extends Stored {
  node: string
  sequence: number
  at: string
  previousHash: string
  /** Which key made `digest`; when that key is gone, the payload was erased with it. */
  keyId: string
  /** HMAC-SHA-256 of the payload, hex. */
  digest: string
  /** SHA-256 over all of the above, hex. */
  hash: string
}

export interface AuditPayload extends Stored {
  node: string
  sequence: number
  at: string
  /** That of its link: an erasure takes the payloads of the keys that are gone. */
  keyId: string
  actor: string
  action: string
  outcome: AuditOutcome
  target?: string
  rule?: string
  requestId?: string
  /** JSON text: its keys are free, and an engine need not like them as field names. */
  details?: string
}

/** The key of an organization's digests. `_id` is the organization. Born like a head: the key follows in the commit. */
export interface AuditKey extends Stored {
  made: number
  keyId?: string
  /** 32 bytes, base64url. */
  key?: string
}

export const auditHeads = collection<AuditHead>({
  name: 'audit-heads',
  scope: 'organization',
  indexes: { node: { fields: ['node'], unique: true } },
})

export const auditLinks = collection<AuditLink>({
  name: 'audit-links',
  scope: 'organization',
  indexes: { place: { fields: ['node', 'sequence'], unique: true } },
})

export const auditPayloads = collection<AuditPayload>({
  name: 'audit-payloads',
  scope: 'organization',
  indexes: {
    at: { fields: ['at', 'sequence'] },
    actor: { fields: ['actor', 'at', 'sequence'] },
    action: { fields: ['action', 'at', 'sequence'] },
    key: { fields: ['keyId'] },
  },
})

export const auditKeys = collection<AuditKey>({
  name: 'audit-keys',
  scope: 'organization',
  indexes: {},
})

export const auditCollections: readonly Collection<Stored>[] = [auditHeads, auditLinks, auditPayloads, auditKeys]
