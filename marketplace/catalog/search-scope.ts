import { groupMark, publisherMark } from './hidden-words.ts'
import type { SearchQuestion } from './search-entry.ts'
import type { TraitGroups } from './traits.ts'

export type SqlParameters = Record<string, string | number>

/** Which rows of `traits` somebody may see and asked for. */
export interface SearchScope {
  /** A condition. */
  sql: string
  parameters: SqlParameters
  /** An expression of FTS5 that leaves little to look at, where there is one. */
  marks?: string
  /** How many there are of each group that is open to everybody, when nothing but groups was asked for. */
  counts?: [group: number, count: number][]
  /** Groups of which the organizations see their own. */
  closed: readonly number[]
}

const WANTED = ['category', 'kind', 'integrationType', 'verified', 'pricing'] as const
/** So few are better found by their marks than among all that a text meets. */
const FEW = 5000

export function searchScope(groups: TraitGroups, question: SearchQuestion): SearchScope {
  const { publisher, organizations, incompatible } = question
  const asked = groups.select(
    (traits) =>
      (traits.compatible || incompatible === 'show') &&
      WANTED.every((trait) => question[trait] === undefined || traits[trait] === question[trait]),
  )
  const open = asked.filter(({ traits }) => traits.open)
  const closed = organizations.length > 0 ? asked.filter(({ traits }) => !traits.open) : []
  const parameters: SqlParameters = { open: jsonOf(open) }
  let sql = 'traits.grp IN (SELECT value FROM json_each(:open))'
  if (closed.length > 0) {
    Object.assign(parameters, { closed: jsonOf(closed), organizations: JSON.stringify(organizations) })
    sql = `(${sql} OR traits.grp IN (SELECT value FROM json_each(:closed)) AND traits.id IN
      (SELECT id FROM audience WHERE organization IN (SELECT value FROM json_each(:organizations))))`
  }
  if (publisher !== undefined) {
    sql = `traits.id IN (SELECT id FROM entries WHERE publisher = :publisher) AND ${sql}`
    return { sql, parameters: { ...parameters, publisher }, marks: publisherMark(publisher), closed: [] }
  }
  const seen = [...open, ...closed]
  const few = seen.length > 0 && seen.reduce((sum, { count }) => sum + count, 0) <= FEW
  const marks = few ? { marks: `(${seen.map(({ group }) => groupMark(group)).join(' OR ')})` } : {}
  const counts = open.map(({ group, count }): [number, number] => [group, count])
  return { sql, parameters, ...marks, counts, closed: closed.map(({ group }) => group) }
}

function jsonOf(found: readonly { group: number }[]): string {
  return JSON.stringify(found.map(({ group }) => group))
}
