/** What hits are counted and filtered by. */
export interface Traits {
  category: string
  kind: string
  integrationType?: string
  /** Whether the publisher has proven a domain. */
  verified: boolean
  pricing: string
  /** Everybody may see it; else only the organizations that it is for. */
  open: boolean
  /** It runs on this platform, and all that it needs is there. */
  compatible: boolean
}

export const FACETS = ['category', 'kind', 'integrationType', 'verified', 'pricing'] as const
export type Facets = Record<(typeof FACETS)[number], Record<string, number>>

/** How many extensions there are of each combination of traits: few, whatever the size of the catalog. */
export interface TraitGroups {
  /** The number of a combination. */
  groupOf(traits: Traits): number
  count(group: number, by: 1 | -1): void
  /** Combinations that a test accepts, with how many there are. */
  select(accepts: (traits: Traits) => boolean): { group: number; count: number; traits: Traits }[]
  /** How many hits have each value, from how many are of each combination. */
  facets(counts: Iterable<readonly [group: number, count: number]>): Facets
}

export function createTraitGroups(): TraitGroups {
  const numbers = new Map<string, number>()
  const groups: { traits: Traits; count: number }[] = []
  return {
    groupOf(traits) {
      const { category, kind, integrationType, verified, pricing, open, compatible } = traits
      const key = JSON.stringify([category, kind, integrationType, verified, pricing, open, compatible])
      const known = numbers.get(key) ?? groups.push({ traits, count: 0 }) - 1
      numbers.set(key, known)
      return known
    },
    count(group, by) {
      const known = groups[group]
      if (known) known.count += by
    },
    select: (accepts) =>
      groups.flatMap(({ traits, count }, group) => (count > 0 && accepts(traits) ? [{ group, count, traits }] : [])),
    facets(counts) {
      const facets: Facets = { category: {}, kind: {}, integrationType: {}, verified: {}, pricing: {} }
      for (const [group, count] of counts) {
        const traits = groups[group]?.traits
        for (const facet of FACETS) {
          const value = traits?.[facet]
          if (value !== undefined) facets[facet][String(value)] = (facets[facet][String(value)] ?? 0) + count
        }
      }
      // In the order of the values: groups have another one on every node.
      return Object.fromEntries(FACETS.map((facet) => [facet, inOrder(facets[facet])])) as Facets
    },
  }
}

function inOrder(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
