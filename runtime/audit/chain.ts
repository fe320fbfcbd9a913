import { createHash, createHmac } from 'node:crypto'
import type { AuditLink, AuditPayload } from './audit-documents.ts'

/** What the first link of a chain names as the one before it. */
export const CHAIN_START = '0'.repeat(64)

type Unhashed = Pick<AuditLink, '_id' | 'node' | 'sequence' | 'at' | 'previousHash' | 'keyId' | 'digest'>

/** The hash of a link. The organization is part of it, so that a chain can't be moved to another tenant. */
export function linkHash(organizationId: string, link: Unhashed): string {
  const { _id, node, sequence, at, previousHash, keyId, digest } = link
  return createHash('sha256')
    .update(JSON.stringify(['annex-audit-1', organizationId, node, sequence, at, previousHash, _id, keyId, digest]))
    .digest('hex')
}

type Digested = Omit<AuditPayload, 'rev' | 'organizationId' | 'keyId'>

/**
 * The keyed digest of a payload. Keyed, because acts are few enough to guess: a bare hash would still tell, after the
 * payload is erased, whether a guess is right.
 */
export function payloadDigest(key: string, payload: Digested): string {
  const { _id, node, sequence, at, actor, action, outcome, target, rule, requestId, details } = payload
  const fields = [_id, node, sequence, at, actor, action, outcome, target, rule, requestId, details]
  return createHmac('sha256', Buffer.from(key, 'base64url'))
    .update(JSON.stringify(fields.map((field) => field ?? null)))
    .digest('hex')
}
