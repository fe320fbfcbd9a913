import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Rank } from './search-entry.ts'
import type { SearchScope, SqlParameters } from './search-scope.ts'
import type { TextQuery } from './text-query.ts'

/** An extension that a search meets. */
export interface Met {
  rank: Rank
  group: number
}

/** What fits, best first, behind a rank. */
export type HitReader = (
  query: TextQuery | undefined,
  scope: SearchScope,
  page: { after: Rank; limit: number },
) => Met[]

/** Rows that are read beyond those wanted, where some were met before. */
const CHUNK = 256

export function readHits(database: DatabaseSync): HitReader {
  const statements = new Map<string, StatementSync>()

  function rows(sql: string, parameters: SqlParameters): [id: number, group: number][] {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statement.setReturnArrays(true)
    statements.set(sql, statement)
    return statement.all(parameters) as unknown as [number, number][]
  }

  /** In the order of the ids, and read no further than the limit. */
  function read({ from, id, parameters }: Source, scope: SearchScope, page: { after: number; limit: number }) {
    const sql = `SELECT traits.id, traits.grp FROM ${from} AND ${id} > :after AND ${scope.sql} ORDER BY ${id} LIMIT :limit`
    return rows(sql, { ...scope.parameters, ...parameters, ...page })
  }

  /** The ids between two, both included, that an expression meets. */
  function met({ table, match }: Expression, first: number, last: number): Set<number> {
    const sql = `SELECT rowid, 0 FROM ${table} WHERE ${table} MATCH :match AND rowid BETWEEN :first AND :last`
    return new Set(rows(sql, { match, first, last }).map(([id]) => id))
  }

  /** What of a tier no earlier one has: those are `seen`, or are looked up where they are. */
  function unmet({ source, without }: Tier, scope: SearchScope, { after, limit, seen }: Unread) {
    if (!without) return read(source, scope, { after, limit })
    const found: [number, number][] = []
    const earlier = { ...without, match: narrowed(without.match, scope) }
    for (let from = after; ; ) {
      const size = limit - found.length + (seen?.size ?? CHUNK)
      const chunk = read(source, scope, { after: from, limit: size })
      const [first, last] = [chunk[0]?.[0] ?? 0, chunk.at(-1)?.[0] ?? 0]
      const before = seen ?? met(earlier, first, last)
      found.push(...chunk.filter(([id]) => !before.has(id)))
      if (chunk.length < size || found.length >= limit) return found.slice(0, limit)
      from = last
    }
  }

  return (query, scope, { after: [start, place], limit }) => {
    const found: Met[] = []
    // Whoever reads from the start has seen all of a tier before the next one is read.
    const seen = start === 0 && place < 0 ? new Set<number>() : undefined
    const tiers = query ? tiersOf(query, scope) : [() => ({ source: EVERYTHING })]
    for (const [tier, tierOf] of tiers.entries()) {
      const each = tier < start || found.length >= limit ? undefined : tierOf()
      if (!each) continue
      const unread = { after: tier === start ? place : -1, limit: limit - found.length, ...(seen && { seen }) }
      for (const [id, group] of unmet(each, scope, unread)) {
        found.push({ rank: [tier, id], group })
        seen?.add(id)
      }
    }
    return found
  }
}

interface Unread {
  after: number
  limit: number
  seen?: ReadonlySet<number>
}

interface Source {
  from: string
  /** The column that gives the order. */
  id: string
  parameters: SqlParameters
}

interface Expression {
  table: 'names' | 'contents'
  match: string
}

interface Tier {
  source: Source
  /** What an earlier tier met. */
  without?: Expression
}

const EVERYTHING: Source = { from: 'traits WHERE TRUE', id: 'traits.id', parameters: {} }

/** A name itself; words in names; told of it; in its README; misspelt. Each without what those before it meet. */
function tiersOf({ exact, named, told, contained, meant }: TextQuery, scope: SearchScope): (() => Tier | undefined)[] {
  const same = 'SELECT id FROM entries WHERE name = :exact OR extension = :exact OR title = :exact'
  const by = ({ table, match }: Expression): Source => ({
    from: `${table} CROSS JOIN traits ON traits.id = ${table}.rowid
      WHERE ${table} MATCH :match AND traits.id NOT IN (${same})`,
    id: `${table}.rowid`,
    parameters: { exact, match: narrowed(match, scope) },
  })
  return [
    () => ({ source: { ...EVERYTHING, from: `traits WHERE traits.id IN (${same})`, parameters: { exact } } }),
    () => ({ source: by({ table: 'names', match: named }) }),
    () => ({ source: by({ table: 'names', match: told }), without: { table: 'names', match: named } }),
    () => ({ source: by({ table: 'contents', match: contained }), without: { table: 'names', match: told } }),
    () => {
      const match = meant()
      if (match === undefined) return undefined
      const source = by({ table: 'names', match: `${match} NOT ${told}` })
      return { source, without: { table: 'contents', match: contained } }
    },
  ]
}

/** What a scope leaves of an expression, as far as its marks say it. */
function narrowed(match: string, { marks }: SearchScope): string {
  return marks === undefined ? match : `(${match}) AND ${marks}`
}
