import { randomBytes } from 'node:crypto'
import type { Ids } from '../ids.ts'
import type { Handle } from '../storage/port.ts'
import { auditKeys } from './audit-documents.ts'

/** What an organization's payload digests are keyed with. */
export interface DigestKey {
  keyId: string
  /** 32 bytes, base64url. */
  key: string
}

export async function readDigestKey(of: Handle, organizationId: string): Promise<DigestKey | undefined> {
  const { keyId, key } = (await of(auditKeys).get(organizationId)) ?? {}
  return keyId === undefined || key === undefined ? undefined : { keyId, key }
}

/** The key, made where there is none. Inside a transaction. */
export async function ensureDigestKey(of: Handle, organizationId: string, ids: Ids): Promise<DigestKey> {
  const present = await readDigestKey(of, organizationId)
  if (present) return present
  // An insert would fail for good when two nodes begin at once; of two increments the second waits or comes again.
  await of(auditKeys).increment(organizationId, 'made')
  const first = await readDigestKey(of, organizationId)
  if (first) return first
  const made = { keyId: ids('akey'), key: randomBytes(32).toString('base64url') }
  await of(auditKeys).patch(organizationId, { set: made })
  return made
}
