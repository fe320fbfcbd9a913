import type { DatabaseSync } from 'node:sqlite'
import { type Met, readHits } from './read-hits.ts'
import type { Rank, SearchAnswer, SearchQuestion } from './search-entry.ts'
import { type SearchScope, searchScope } from './search-scope.ts'
import { textQuery } from './text-query.ts'
import type { Facets, TraitGroups } from './traits.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Of hits behind these nobody counts which values they have. */
export const COUNTED_HITS = 2000

/** Names that are read at a time. */
const NAMES = 2000
/** Answers of facets that are remembered until the next change. */
const KEPT_FACETS = 512

const FROM_THE_START: Rank = [0, -1]

export interface IndexReader {
  search(question: SearchQuestion, page: { limit: number; after?: Rank }): SearchAnswer
  names(length: { min: number; max: number }, after: string): { name: string; displayName: string }[]
  dependants(extension: string): string[]
  /** What it remembers is not so any more. */
  forget(): void
}

export function createIndexReader(database: DatabaseSync, groups: TraitGroups, { near }: Vocabulary): IndexReader {
  const hitsOf = readHits(database)
  const card = database.prepare('SELECT card FROM entries WHERE id = ?')
  const dependants = database.prepare('SELECT extension FROM needs JOIN entries USING (id) WHERE needed = ?')
  const names = database.prepare(`SELECT extension, display_name FROM entries
    WHERE extension > ? AND length(name) BETWEEN ? AND ? AND grp IN (SELECT value FROM json_each(?))
    ORDER BY extension LIMIT ${NAMES}`)
  const own = database.prepare(`SELECT grp, count(DISTINCT id) AS count FROM audience JOIN traits USING (id)
    WHERE organization IN (SELECT value FROM json_each(?)) AND grp IN (SELECT value FROM json_each(?)) GROUP BY grp`)
  const kept = new Map<string, Facets>()

  /** Of groups alone it is known how many there are. */
  function countsOfAll(
    { counts, closed }: SearchScope,
    organizations: readonly string[],
  ): [number, number][] | undefined {
    if (!counts || closed.length === 0) return counts
    const seen = own.all(JSON.stringify(organizations), JSON.stringify(closed))
    return [...counts, ...seen.map((row): [number, number] => [Number(row.grp), Number(row.count)])]
  }

  /** In one reading with the hits of a first page. */
  function answer(question: SearchQuestion, limit: number, after: Rank | undefined): { found: Met[]; facets: Facets } {
    const query = textQuery(question.text ?? '', near)
    const scope = searchScope(groups, question)
    const key = JSON.stringify(question)
    const all = query ? undefined : countsOfAll(scope, question.organizations)
    const known = kept.get(key) ?? (all && groups.facets(all))
    const read = (from: Rank, most: number) => hitsOf(query, scope, { after: from, limit: most })
    if (known) return { found: read(after ?? FROM_THE_START, limit), facets: known }
    const best = read(FROM_THE_START, Math.max(COUNTED_HITS, limit))
    const facets = groups.facets(countsOf(best.slice(0, COUNTED_HITS)))
    if (kept.size >= KEPT_FACETS) kept.clear()
    kept.set(key, facets)
    return { found: after ? read(after, limit) : best.slice(0, limit), facets }
  }

  return {
    search(question, { limit, after }) {
      const { found, facets } = answer(question, limit, after)
      return { hits: found.map(({ rank }) => ({ rank, card: String(card.get(rank[1])?.card) })), facets }
    },
    names({ min, max }, after) {
      const open = groups.select((traits) => traits.open).map(({ group }) => group)
      const found = names.all(after, min, max, JSON.stringify(open))
      return found.map((row) => ({ name: String(row.extension), displayName: String(row.display_name) }))
    },
    dependants: (extension) => dependants.all(extension).map((row) => String(row.extension)),
    forget: () => kept.clear(),
  }
}

function countsOf(found: readonly Met[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { group } of found) counts.set(group, (counts.get(group) ?? 0) + 1)
  return counts
}
