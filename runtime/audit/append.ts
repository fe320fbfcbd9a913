import { randomBytes } from 'node:crypto'
import type { Ids } from '../ids.ts'
import type { Draft, Handle, Transaction } from '../storage/port.ts'
import {
  type AuditHead,
  type AuditKey,
  type AuditPayload,
  auditHeads,
  auditKeys,
  auditLinks,
  auditPayloads,
} from './audit-documents.ts'
import type { AuditEntry } from './audit-entry.ts'
import { boundedDetails } from './bounded-details.ts'
import { CHAIN_START, linkHash, payloadDigest } from './chain.ts'

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
  const key = await keyOf(of, organizationId, ids)
  const head = await headOf(of, organizationId, nodeId)
  let { sequence, hash } = head
  for (const { entry, at } of entries) {
    sequence += 1
    const payload = payloadOf(entry, { _id: ids('aud'), node: nodeId, sequence, at })
    const digest = payloadDigest(key.key, payload)
    const link = { _id: payload._id, node: nodeId, sequence, at, previousHash: hash, keyId: key.keyId, digest }
    hash = linkHash(organizationId, link)
    await of(auditPayloads).insert(payload)
    await of(auditLinks).insert({ ...link, hash })
  }
  const moved = await of(auditHeads).patch(head._id, { set: { sequence, hash } }, { rev: head.rev })
  if (!moved) throw new Error(`audit head ${head._id} moved inside a transaction`)
}

async function keyOf(of: Handle, organizationId: string, ids: Ids): Promise<AuditKey> {
  const present = await of(auditKeys).get(organizationId)
  if (present) return present
  return of(auditKeys).insert({
    _id: organizationId,
    keyId: ids('akey'),
    key: randomBytes(32).toString('base64url'),
  })
}

async function headOf(of: Handle, organizationId: string, nodeId: string): Promise<AuditHead> {
  const _id = `${organizationId}/${nodeId}`
  const present = await of(auditHeads).get(_id)
  return present ?? of(auditHeads).insert({ _id, node: nodeId, sequence: 0, hash: CHAIN_START })
}

type Place = Pick<AuditPayload, '_id' | 'node' | 'sequence' | 'at'>

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
