import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { tellAuthor } from './author-events.ts'
import { commit } from './commit.ts'
import { type DomainProofDocument, domainProofs } from './domain-collections.ts'
import { DOMAIN_LIMITS } from './domain-limits.ts'
import type { Sighting } from './domain-probe.ts'
import { loseMark } from './prove-domain.ts'
import { emitPublisherChange, notePublisher } from './publishers.ts'

const REASON = 'publishers and their domains belong to no organization'

/**
 * Keeps what a later look at a proven domain met. No answer proves nothing; answers without the line, for as long as
 * `DOMAIN_LIMITS.graceMs`, end the proof. A proof that changed since it was read is left alone.
 */
export async function recordSighting(
  deps: { store: Store; clock: Clock; audit: Audit },
  proof: DomainProofDocument,
  { seen }: Sighting,
): Promise<void> {
  const { recheckMs, retryMs, graceMs } = DOMAIN_LIMITS
  const now = deps.clock.iso()
  const expect = { rev: proof.rev }
  const proofs = deps.store.asSystem(REASON)(domainProofs)
  if (seen === 'unknown') {
    await proofs.patch(proof._id, { set: { checkAt: isoPlus(now, retryMs) } }, expect)
  } else if (seen === 'present') {
    const set = { checkedAt: now, checkAt: isoPlus(now, recheckMs) }
    await proofs.patch(proof._id, { set, unset: ['failingSince'] }, expect)
  } else {
    const failingSince = proof.failingSince ?? now
    const lostAt = isoPlus(failingSince, graceMs)
    if (lostAt <= now) return endProof(deps, proof)
    const next = isoPlus(now, recheckMs)
    const set = { checkedAt: now, failingSince, checkAt: next < lostAt ? next : lostAt }
    await proofs.patch(proof._id, { set }, expect)
  }
}

async function endProof(
  { store, audit }: { store: Store; audit: Audit },
  { _id: domain, rev, publisher: slug, failingSince }: DomainProofDocument,
): Promise<void> {
  await commit(store, async (tx) => {
    const system = tx.asSystem(REASON)
    if (!(await system(domainProofs).delete(domain, { rev }))) return { ok: true, value: undefined }
    await loseMark(system, slug)
    emitPublisherChange(tx, slug)
    tellAuthor(tx, 'publisher.domain_lost', { publisher: slug, texts: [domain] })
    const details = { domain, ...(failingSince === undefined ? {} : { failingSince }) }
    await notePublisher(audit, tx, { actor: 'system:domains', action: 'publisher.domain.lost', slug, details })
    return { ok: true, value: undefined }
  })
}
