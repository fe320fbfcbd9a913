import type { Facets, Traits } from './traits.ts'

/** What search knows of an extension. */
export interface SearchEntry extends Traits {
  /** `@publisher/name`. */
  extension: string
  publisher: string
  name: string
  displayName: string
  description: string
  keywords: string[]
  /** Words of the README. */
  readme: string
  /** See `scoreOf`. */
  score: number
  /** Organizations that see it when it is not open to everybody. */
  audience: string[]
  /** Extensions that it needs. */
  needs: string[]
  /** What a hit gives back: JSON. */
  card: string
}

export interface SearchFilter {
  text?: string
  category?: string
  kind?: string
  integrationType?: string
  publisher?: string
  verified?: boolean
  pricing?: string
  /** Also what does not run here. */
  incompatible?: 'show'
}

/** A search by somebody. */
export interface SearchQuestion extends SearchFilter {
  /** Organizations whose own extensions are shown too. */
  organizations: readonly string[]
}

/** Where a hit stands in the order: how well the text fits (0 best), then its place by score. */
export type Rank = readonly [tier: number, place: number]

export interface SearchHit {
  card: string
  rank: Rank
}

export interface SearchAnswer {
  hits: SearchHit[]
  /** How many hits have each value, over the `COUNTED_HITS` that stand best. */
  facets: Facets
}
