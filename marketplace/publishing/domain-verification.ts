import type { Audit } from '../../runtime/audit/audit.ts'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Handle, Store } from '../../runtime/storage/port.ts'
import { type Identity, identityName } from '../accounts/identity.ts'
import { randomSecret } from '../accounts/secret-text.ts'
import { type Outcome, refused } from '../errors.ts'
import type { RateLimiter } from '../traffic/rate-limiter.ts'
import { commit } from './commit.ts'
import { type DomainMethod, type DomainProofDocument, domainChallenges, domainProofs } from './domain-collections.ts'
import { DOMAIN_LIMITS } from './domain-limits.ts'
import { type DomainProbe, placeOf, type Sought } from './domain-probe.ts'
import { recordSighting } from './domain-sightings.ts'
import { type Proven, proveDomain } from './prove-domain.ts'
import { emitPublisherChange, notePublisher, refuseUnlessOwner, touchPublisher } from './publishers.ts'
import { publishers } from './publishing-collections.ts'
import { readDomain } from './read-domain.ts'

/** What the owner of the domain has to publish, and where: a TXT record's name, or an address. */
export interface DomainChallenge {
  domain: string
  method: DomainMethod
  place: string
  line: string
  startedAt: string
}

/** How a publisher stands with its domains. */
export interface VerificationStatus {
  /** Begun, not proven. */
  challenge?: DomainChallenge
  verified?: {
    domain: string
    method: DomainMethod
    at: string
    /** When the domain last answered. */
    checkedAt: string
    place: string
    line: string
    /** Its answers lack the line since then, and at `lostAt` the mark goes. */
    failingSince?: string
    lostAt?: string
  }
}

/** Verification of a publisher by a domain. All of it is for owners, and audited. */
export interface DomainVerification {
  /** The same domain again keeps its line. Until another domain is proven, the proven one stays. `DOMAIN_INVALID`. */
  start(
    identity: Identity,
    slug: string,
    request: { domain: string; method: DomainMethod },
  ): Promise<Outcome<DomainChallenge>>
  status(identity: Identity, slug: string): Promise<Outcome<VerificationStatus>>
  /**
   * Looks now: for what was begun last, else for what is proven. `DOMAIN_NOT_PROVEN` when the domain's answer lacks the
   * line, `CONNECTION_FAILED` when there was no answer, `RATE_LIMIT_EXCEEDED`, `CONFLICT`.
   */
  check(identity: Identity, slug: string): Promise<Outcome<Proven>>
  /** Gives up what was begun and what is proven. */
  giveUp(identity: Identity, slug: string): Promise<Outcome<undefined>>
  /** Looks again at domains whose time has come. */
  sweep(): Promise<void>
}

export interface DomainVerificationDeps {
  store: Store
  clock: Clock
  audit: Audit
  limiter: RateLimiter
  probe: DomainProbe
}

const REASON = 'publishers and their domains belong to no organization'
const HOUR_MS = 3_600_000

export function createDomainVerification(deps: DomainVerificationDeps): DomainVerification {
  const { store } = deps
  return {
    start: (identity, slug, request) => start(deps, identity, slug, request),
    async status(identity, slug) {
      const system = store.asSystem(REASON)
      const refusal = await refuseUnlessOwner(system, identity, slug)
      return refusal ?? { ok: true, value: await statusOf(system, slug) }
    },
    check: (identity, slug) => check(deps, identity, slug),
    giveUp: (identity, slug) => giveUp(deps, identity, slug),
    sweep: () => sweep(deps),
  }
}

async function start(
  { store, clock, audit }: DomainVerificationDeps,
  identity: Identity,
  slug: string,
  request: { domain: string; method: DomainMethod },
): Promise<Outcome<DomainChallenge>> {
  const read = readDomain(request.domain)
  const fresh = randomSecret()
  return commit(store, async (tx) => {
    const system = tx.asSystem(REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    if (!read.ok) return read
    const domain = read.value
    const { method } = request
    if ((await touchPublisher(system, slug)).state !== 'active') return suspended(slug)
    const former = await system(domainChallenges).get(slug)
    const token = former?.domain === domain ? former.token : fresh
    const challenge = { domain, method, token, startedAt: clock.iso() }
    await system(domainChallenges).put({ _id: slug, ...challenge })
    const act = { actor: identityName(identity), action: 'publisher.domain.start', slug, details: { domain, method } }
    await notePublisher(audit, tx, act)
    return { ok: true, value: publicChallenge(challenge) }
  })
}

async function check(deps: DomainVerificationDeps, identity: Identity, slug: string): Promise<Outcome<Proven>> {
  const system = deps.store.asSystem(REASON)
  const refusal = await refuseUnlessOwner(system, identity, slug)
  if (refusal) return refusal
  const [challenge, proof] = [await system(domainChallenges).get(slug), await proofOf(system, slug)]
  const sought = challenge ? { publisher: slug, ...challenge } : proof && soughtIn(proof)
  if (!sought) return refused('CONFLICT', 'nothing was begun: name a domain and a method first')
  const { allowed, limit, reset } = await deps.limiter.take(`domain:${slug}`, DOMAIN_LIMITS.checksPerHour, HOUR_MS)
  if (!allowed) return refused('RATE_LIMIT_EXCEEDED', `more than ${limit} checks in an hour`, { retryAfter: reset })
  const sighting = await deps.probe(sought)
  if (sighting.seen === 'present') return proveDomain(deps, identity, sought)
  if (!challenge && proof) await recordSighting(deps, proof, sighting)
  const { place, line } = placeOf(sought)
  const details = { domain: sought.domain, method: sought.method, place, line }
  return refused(sighting.seen === 'absent' ? 'DOMAIN_NOT_PROVEN' : 'CONNECTION_FAILED', sighting.why, { details })
}

async function giveUp(
  { store, audit }: DomainVerificationDeps,
  identity: Identity,
  slug: string,
): Promise<Outcome<undefined>> {
  return commit(store, async (tx) => {
    const system = tx.asSystem(REASON)
    const refusal = await refuseUnlessOwner(system, identity, slug)
    if (refusal) return refusal
    const { verified } = await touchPublisher(system, slug)
    const challenge = await system(domainChallenges).get(slug)
    await system(domainChallenges).delete(slug)
    if (verified) {
      await system(domainProofs).delete(verified.domain)
      await system(publishers).patch(slug, { unset: ['verified'] })
      emitPublisherChange(tx, slug)
    }
    const domains = [...new Set([verified, challenge].flatMap((one) => (one ? [one.domain] : [])))]
    if (domains.length > 0) {
      const act = { actor: identityName(identity), action: 'publisher.domain.give-up', slug, details: { domains } }
      await notePublisher(audit, tx, act)
    }
    return { ok: true, value: undefined }
  })
}

async function sweep(deps: DomainVerificationDeps): Promise<void> {
  const { perSweep, atOnce } = DOMAIN_LIMITS
  const where = { checkAt: { $lte: deps.clock.iso() } }
  const due = await deps.store
    .asSystem(REASON)(domainProofs)
    .find({ where, sort: [['checkAt', 'asc']], limit: perSweep })
  const waiting = due.data.values()
  const work = async () => {
    for (const proof of waiting) await recordSighting(deps, proof, await deps.probe(soughtIn(proof)))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

async function statusOf(system: Handle, slug: string): Promise<VerificationStatus> {
  const [challenge, proof] = [await system(domainChallenges).get(slug), await proofOf(system, slug)]
  return {
    ...(challenge ? { challenge: publicChallenge(challenge) } : {}),
    ...(proof ? { verified: publicProof(proof) } : {}),
  }
}

async function proofOf(system: Handle, slug: string): Promise<DomainProofDocument | undefined> {
  const verified = (await system(publishers).get(slug))?.verified
  const proof = verified && (await system(domainProofs).get(verified.domain))
  // Between the two reads another publisher may have proven the domain.
  return proof?.publisher === slug ? proof : undefined
}

function soughtIn({ _id, publisher, method, token }: DomainProofDocument): Sought {
  return { publisher, domain: _id, method, token }
}

function publicChallenge(challenge: { domain: string; method: DomainMethod; token: string; startedAt: string }) {
  const { domain, method, startedAt } = challenge
  return { domain, method, ...placeOf(challenge), startedAt }
}

function publicProof(proof: DomainProofDocument): NonNullable<VerificationStatus['verified']> {
  const { _id: domain, method, at, checkedAt, failingSince } = proof
  const failing = failingSince && { failingSince, lostAt: isoPlus(failingSince, DOMAIN_LIMITS.graceMs) }
  return { domain, method, at, checkedAt, ...placeOf(soughtIn(proof)), ...failing }
}

function suspended(slug: string) {
  return refused('PUBLISHER_FORBIDDEN', `the publisher "${slug}" is suspended`)
}
