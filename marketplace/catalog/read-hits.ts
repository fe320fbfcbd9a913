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

/** Rows read at a time where some of them were met before. */
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

  function unmet({ source, without }: Tier, scope: SearchScope, { after, limit }: { after: number; limit: number }) {
    if (!without) return read(source, scope, { after, limit })
    const found: [number, number][] = []
    for (let from = after; ; ) {
      const size = Math.max(CHUNK, limit - found.length)
      const chunk = read(source, scope, { after: from, limit: size })
      const [first, last] = [chunk[0]?.[0] ?? 0, chunk.at(-1)?.[0] ?? 0]
      const before = met(without, first, last)
      found.push(...chunk.filter(([id]) => !before.has(id)))
      if (chunk.length < size || found.length >= limit) return found.slice(0, limit)
      from = last
    }
  }

  return (query, scope, { after: [start, place], limit }) => {
    const found: Met[] = []
    const tiers = query ? tiersOf(query, scope) : [() => ({ source: EVERYTHING })]
    for (const [tier, tierOf] of tiers.entries()) {
      const each = tier < start || found.length >= limit ? undefined : tierOf()
      if (!each) continue
      const page = { after: tier === start ? place : -1, limit: limit - found.length }
      for (const [id, group] of unmet(each, scope, page)) found.push({ rank: [tier, id], group })
    }
    return found
  }
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
    parameters: { exact, match: scope.marks === undefined ? match : `(${match}) AND ${scope.marks}` },
  })
  return [
    () => ({ source: { ...EVERYTHING, from: `traits WHERE traits.id IN (${same})`, parameters: { exact } } }),
    () => ({ source: by({ table: 'names', match: named }) }),
    () => ({ source: by({ table: 'names', match: `${told} NOT ${named}` }) }),
    () => ({ source: by({ table: 'contents', match: contained }), without: { table: 'names', match: told } }),
    () => {
      const match = meant()
      if (match === undefined) return undefined
      const source = by({ table: 'names', match: `${match} NOT ${told}` })
      return { source, without: { table: 'contents', match: contained } }
    },
  ]
}
