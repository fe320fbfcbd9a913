import type { Ids } from '../ids.ts'
import type { Draft, Transaction } from '../storage/port.ts'
import {
  type AuditLink,
  type AuditPayload,
  auditHeads,
  auditKeys,
  auditLinks,
  auditPayloads,
} from './audit-documents.ts'
import type { AuditEntry } from './audit-entry.ts'
import { boundedDetails } from './bounded-details.ts'
import { CHAIN_START, linkHash, payloadDigest } from './chain.ts'
import { ensureDigestKey } from './digest-key.ts'

/** An entry with the moment at which it was reported. */
export interface DatedEntry {
  entry: AuditEntry
  at: string
}

/** Longer texts are cut: a target may quote what a guest wrote. */
const MAX_TEXT = 512

/** Adds entries of one organization to this node's chain, in one transaction with whatever else is in `tx`. */
export async function append(
  tx: Transaction,
  { ids, nodeId }: { ids: Ids; nodeId: string },
  organizationId: string,
  entries: readonly DatedEntry[],
): Promise<void> {
  const of = tx.forOrganization(organizationId)
  const { keyId, key } = await ensureDigestKey(of, organizationId, ids)
  const headId = `${organizationId}/${nodeId}`
  // First of all: from here to the commit nobody else can take a place in this chain.
  let sequence = (await of(auditHeads).increment(headId, 'sequence', entries.length)) - entries.length
  // An erasure holds off the chains it sees by their heads; one that begins just now holds on to the key instead.
  if (sequence === 0) await of(auditKeys).increment(organizationId, 'made')
  let previousHash = (await of(auditHeads).get(headId))?.hash ?? CHAIN_START
  const payloads: Draft<AuditPayload>[] = []
  const links: Draft<AuditLink>[] = []
  for (const { entry, at } of entries) {
    sequence += 1
    const payload = payloadOf(entry, { _id: ids('aud'), node: nodeId, sequence, at, keyId })
    const digest = payloadDigest(key, payload)
    const link = { _id: payload._id, node: nodeId, sequence, at, previousHash, keyId, digest }
    const hash = linkHash(organizationId, link)
    payloads.push(payload)
    links.push({ ...link, hash })
    previousHash = hash
  }
  await of(auditPayloads).insertMany(payloads)
  await of(auditLinks).insertMany(links)
  await of(auditHeads).patch(headId, { set: { node: nodeId, hash: previousHash } })
}

type Place = Pick<AuditPayload, '_id' | 'node' | 'sequence' | 'at' | 'keyId'>

function payloadOf(entry: AuditEntry, place: Place): Draft<AuditPayload> {
  const { actor, action, outcome, target, rule, requestId, details } = entry
  return {
    ...place,
    actor: short(actor),
    action: short(action),
    outcome,
    ...(target === undefined ? {} : { target: short(target) }),
    ...(rule === undefined ? {} : { rule: short(rule) }),
    ...(requestId === undefined ? {} : { requestId: short(requestId) }),
    ...(details === undefined ? {} : { details: boundedDetails(details) }),
  }
}

function short(text: string): string {
  const sound = text.toWellFormed()
  return sound.length <= MAX_TEXT ? sound : `${sound.slice(0, MAX_TEXT - 1).toWellFormed()}…`
}
