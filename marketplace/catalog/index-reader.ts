import type { DatabaseSync } from 'node:sqlite'
import { readHits } from './read-hits.ts'
import type { Rank, SearchHit, SearchQuestion } from './search-entry.ts'
import { searchScope } from './search-scope.ts'
import { textQuery } from './text-query.ts'
import type { Facets, TraitGroups } from './traits.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Of hits behind these nobody counts which values they have. */
export const COUNTED_HITS = 2000

export interface IndexReader {
  search(question: SearchQuestion, page: { limit: number; after?: Rank }): SearchHit[]
  facets(question: SearchQuestion): Facets
  names(length: { min: number; max: number }): Iterable<{ name: string; displayName: string }>
  dependants(extension: string): string[]
}

export function createIndexReader(database: DatabaseSync, groups: TraitGroups, { near }: Vocabulary): IndexReader {
  const hits = readHits(database)
  const card = database.prepare('SELECT card FROM entries WHERE id = ?')
  const dependants = database.prepare('SELECT extension FROM needs JOIN entries USING (id) WHERE needed = ?')
  const names = database.prepare(`SELECT extension, display_name FROM entries
    WHERE length(name) BETWEEN ? AND ? AND grp IN (SELECT value FROM json_each(?))`)
  return {
    search(question, { limit, after = [0, -1] }) {
      const query = textQuery(question.text ?? '', near)
      const found = hits(query, searchScope(groups, question), { after, limit })
      return found.map(({ rank }) => ({ rank, card: String(card.get(rank[1])?.card) }))
    },
    facets(question) {
      const scope = searchScope(groups, question)
      const query = textQuery(question.text ?? '', near)
      if (!query && scope.counts) return groups.facets(scope.counts)
      const found = hits(query, scope, { after: [0, -1], limit: COUNTED_HITS })
      const counts = new Map<number, number>()
      for (const { group } of found) counts.set(group, (counts.get(group) ?? 0) + 1)
      return groups.facets(counts)
    },
    *names({ min, max }) {
      const open = groups.select((traits) => traits.open).map(({ group }) => group)
      for (const row of names.iterate(min, max, JSON.stringify(open)))
        yield { name: String(row.extension), displayName: String(row.display_name) }
    },
    dependants: (extension) => dependants.all(extension).map((row) => String(row.extension)),
  }
}
