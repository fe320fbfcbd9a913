import type { Handle } from '../../runtime/storage/port.ts'
import { publishers } from '../publishing/publishing-collections.ts'
import type { CatalogCard } from './catalog-entry.ts'

/** The cards with the domains that their publishers have proven, read now: a domain may be lost at any time. */
export async function withPublisherDomains<T extends CatalogCard>(system: Handle, cards: readonly T[]): Promise<T[]> {
  const found = await system(publishers).getMany([...new Set(cards.map(({ publisher }) => publisher))])
  const domains = new Map(found.map(({ _id, verified }) => [_id, verified?.domain]))
  return cards.map((card) => {
    const publisherDomain = domains.get(card.publisher)
    return publisherDomain === undefined ? card : { ...card, publisherDomain }
  })
}
