import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import { type Handle, StorageConflict, type Store } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import { commit } from './commit.ts'
import { type DomainMethod, domainChallenges, domainProofs } from './domain-collections.ts'
import { DOMAIN_LIMITS } from './domain-limits.ts'
import type { Sought } from './domain-probe.ts'
import { emitPublisherChange, notePublisher, refuseUnlessOwner, touchPublisher } from './publishers.ts'
import { publishers } from './publishing-collections.ts'

/** A domain that stands for a publisher from now on, or still. */
export interface Proven {
  verified: { domain: string; method: DomainMethod; at: string }
  /** The publisher that it stood for until now. */
  takenFrom?: string
}

const REASON = 'publishers and their domains belong to no organization'

interface ProveDeps {
  store: Store
  clock: Clock
  audit: Audit
}

/**
 * Writes that the line was seen. The look took a while: it counts only if the line is still this publisher's, and its
 * owner still asks. Whoever proves a domain last has it, since the line of the moment tells who rules the domain now; the
 * publisher that it stood for loses its mark in the same commit.
 */
export async function proveDomain(deps: ProveDeps, identity: Identity, sought: Sought): Promise<Outcome<Proven>> {
  for (let left = TRIES; ; left--) {
    try {
      return await prove(deps, identity, sought)
    } catch (error) {
      // Two publishers prove a new domain at once: the row of the first is there when the second tries again.
      if (!(error instanceof StorageConflict) || left === 1) throw error
    }
  }
}

const TRIES = 3

async function prove({ store, clock, audit }: ProveDeps, identity: Identity, sought: Sought): Promise<Outcome<Proven>> {
  const { publisher: slug, domain, method, token } = sought
  const actor = identityName(identity)
  return commit(store, async (tx): Promise<Outcome<Proven>> => {
    const system = tx.asSystem(REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    const before = await touchPublisher(system, slug)
    if (before.state !== 'active') return refused('PUBLISHER_FORBIDDEN', `the publisher "${slug}" is suspended`)
    const held = await system(domainProofs).get(domain)
    const own = held?.publisher === slug ? held : undefined
    const challenge = await system(domainChallenges).get(slug)
    const begun = challenge?.token === token && challenge.domain === domain && challenge.method === method
    if (!begun && own?.token !== token) return refused('CONFLICT', 'this was given up, or begun anew, in the meantime')
    const takenFrom = held && !own ? held.publisher : undefined
    if (takenFrom !== undefined) {
      await loseMark(system, takenFrom)
      emitPublisherChange(tx, takenFrom)
      const details = { domain, to: slug }
      await notePublisher(audit, tx, { actor, action: 'publisher.domain.lost', slug: takenFrom, details })
    }
    if (before.verified && before.verified.domain !== domain) await system(domainProofs).delete(before.verified.domain)
    const now = clock.iso()
    const verified = { domain, method, at: own?.at ?? now }
    const due = { checkedAt: now, checkAt: isoPlus(now, DOMAIN_LIMITS.recheckMs) }
    await system(domainProofs).put({ _id: domain, publisher: slug, method, token, at: verified.at, ...due })
    await system(publishers).patch(slug, { set: { verified } })
    emitPublisherChange(tx, slug)
    if (begun) await system(domainChallenges).delete(slug)
    const details = { domain, method, ...(takenFrom === undefined ? {} : { takenFrom }) }
    await notePublisher(audit, tx, { actor, action: 'publisher.domain.verify', slug, details })
    return { ok: true, value: { verified, ...(takenFrom === undefined ? {} : { takenFrom }) } }
  })
}

/** Inside `commit`: the publisher has no domain any more. */
export async function loseMark(system: Handle, slug: string): Promise<void> {
  await touchPublisher(system, slug)
  await system(publishers).patch(slug, { unset: ['verified'] })
}
