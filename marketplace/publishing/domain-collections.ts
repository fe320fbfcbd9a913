import { collection, type Stored } from '../../runtime/storage/port.ts'

export type DomainMethod = 'dns' | 'well-known'

/** A domain that a publisher says is its own, and has still to prove. `_id` is the slug: one at a time. */
export interface DomainChallengeDocument extends Stored {
  /** Registrable, lower case, punycode. */
  domain: string
  method: DomainMethod
  /** No secret: it is published. It counts for this publisher and this domain alone. */
  token: string
  startedAt: string
}

/** A domain that was proven. `_id` is the domain: it stands for one publisher at a time. */
export interface DomainProofDocument extends Stored {
  publisher: string
  method: DomainMethod
  token: string
  /** When it was proven. */
  at: string
  /** When somebody last got an answer from the domain. */
  checkedAt: string
  /** When to look again. */
  checkAt: string
  /** Since when its answers lack the token. */
  failingSince?: string
}

export const domainChallenges = collection<DomainChallengeDocument>({
  name: 'domainChallenges',
  scope: 'system',
  indexes: {},
})

export const domainProofs = collection<DomainProofDocument>({
  name: 'domainProofs',
  scope: 'system',
  indexes: { byCheck: { fields: ['checkAt'] } },
})

export const domainCollections = [domainChallenges, domainProofs]
