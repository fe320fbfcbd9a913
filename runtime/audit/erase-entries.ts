import type { Handle, Store } from '../storage/port.ts'
import { auditHeads, auditKeys, auditPayloads } from './audit-documents.ts'
import { readDigestKey } from './digest-key.ts'

/**
 * Erases the key of an organization's digests, then all payloads under keys that are gone. The key goes first: from then
 * on what is left can no longer be held against the chain, and an entry that is written meanwhile brings a new key, by
 * which its payload is spared. Called again after a crash, it takes what the first call left.
 */
export async function eraseEntries(store: Store, organizationId: string): Promise<void> {
  await store.tx((tx) => eraseKey(tx.forOrganization(organizationId), organizationId))
  const of = store.forOrganization(organizationId)
  let keyId = await nextKeyId(of, '')
  while (keyId !== undefined) {
    // Read after a payload under it was seen: a key that is not there now was there before, and never comes back.
    const current = await readDigestKey(of, organizationId)
    if (keyId !== current?.keyId) while ((await of(auditPayloads).deleteWhere({ keyId }, 1000)) > 0);
    keyId = await nextKeyId(of, keyId)
  }
}

/** Moves each head by nothing, so that no commit that read the old key can still come after this one. */
async function eraseKey(of: Handle, organizationId: string): Promise<void> {
  let cursor: string | undefined
  do {
    const heads = await of(auditHeads).find({
      where: { node: { $gte: '' } },
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const head of heads.data) await of(auditHeads).increment(head._id, 'sequence', 0)
    cursor = heads.nextCursor
  } while (cursor !== undefined)
  await of(auditKeys).delete(organizationId)
}

async function nextKeyId(of: Handle, after: string): Promise<string | undefined> {
  const page = await of(auditPayloads).find({ where: { keyId: { $gt: after } }, sort: [['keyId', 'asc']], limit: 1 })
  return page.data[0]?.keyId
}
