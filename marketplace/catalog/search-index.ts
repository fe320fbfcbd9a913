import { DatabaseSync } from 'node:sqlite'

/** What search knows of an extension. */
export interface SearchEntry {
  /** `@publisher/name`. */
  extension: string
  publisher: string
  name: string
  displayName: string
  description: string
  keywords: string[]
  readme: string
  category: string
  kind: string
  integrationType?: string
  /** What a hit gives back: JSON. */
  card: string
}

export interface SearchFilter {
  text?: string
  category?: string
  kind?: string
  integrationType?: string
  publisher?: string
}

/** Where a hit stands in the order: how well the text fits (0 best), then the name. */
export type Rank = readonly [tier: number, name: string, extension: string]

export interface SearchHit {
  card: string
  rank: Rank
}

export type Facets = Record<'category' | 'kind' | 'integrationType', Record<string, number>>

/** The read model of the catalog: in memory, one per process, rebuilt from the store at any time. */
export interface SearchIndex {
  put(entry: SearchEntry): void
  remove(extension: string): void
  search(filter: SearchFilter, page: { limit: number; after?: Rank }): SearchHit[]
  /** How many hits have each value. */
  facets(filter: SearchFilter): Facets
  close(): void
}

const SCHEMA = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, extension TEXT NOT NULL UNIQUE, publisher TEXT NOT NULL, name TEXT NOT NULL,
    sort_name TEXT NOT NULL, category TEXT NOT NULL, kind TEXT NOT NULL, integration_type TEXT, card TEXT NOT NULL
  );
  CREATE INDEX by_name ON entries (sort_name, extension);
  CREATE VIRTUAL TABLE texts USING fts5(
    name, publisher, display_name, keywords, description, readme, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
  );
`

/** More words than this add nothing that a person means. */
const MAX_WORDS = 8

export function createSearchIndex(): SearchIndex {
  const database = new DatabaseSync(':memory:')
  database.exec(SCHEMA)
  const drop = [
    database.prepare('DELETE FROM texts WHERE rowid = (SELECT id FROM entries WHERE extension = ?)'),
    database.prepare('DELETE FROM entries WHERE extension = ?'),
  ]
  const insertEntry = database.prepare(
    `INSERT INTO entries (extension, publisher, name, sort_name, category, kind, integration_type, card)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertText = database.prepare(
    'INSERT INTO texts (rowid, name, publisher, display_name, keywords, description, readme) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const remove = (extension: string) => {
    for (const statement of drop) statement.run(extension)
  }
  return {
    put(entry) {
      const { extension, publisher, name, displayName, category, kind, integrationType = null, card } = entry
      remove(extension)
      const sortName = displayName.toLowerCase()
      const row = insertEntry.run(extension, publisher, name, sortName, category, kind, integrationType, card)
      const { keywords, description, readme } = entry
      insertText.run(row.lastInsertRowid, name, publisher, displayName, keywords.join(' '), description, readme)
    },
    remove,
    search: (filter, page) => search(database, filter, page),
    facets: (filter) => facets(database, filter),
    close: () => database.close(),
  }
}

type Parameters = Record<string, string | number>

function search(database: DatabaseSync, filter: SearchFilter, page: { limit: number; after?: Rank }): SearchHit[] {
  const { sql, parameters } = matching(filter)
  const [tier, name, extension] = page.after ?? [-1, '', '']
  const rows = database
    .prepare(
      `${sql} SELECT card, tier, sort_name, extension FROM hits
       WHERE (tier, sort_name, extension) > (:tier, :after, :extension)
       ORDER BY tier, sort_name, extension LIMIT :limit`,
    )
    .all({ ...parameters, tier, after: name, extension, limit: page.limit })
  return rows.map((row) => ({
    card: String(row.card),
    rank: [Number(row.tier), String(row.sort_name), String(row.extension)],
  }))
}

function facets(database: DatabaseSync, filter: SearchFilter): Facets {
  const { sql, parameters } = matching(filter)
  const count = (column: string) => {
    const grouped = `${sql} SELECT ${column} AS value, count(*) AS hits FROM hits WHERE ${column} IS NOT NULL GROUP BY 1`
    const rows = database.prepare(grouped).all(parameters)
    return Object.fromEntries(rows.map((row) => [String(row.value), Number(row.hits)]))
  }
  return { category: count('category'), kind: count('kind'), integrationType: count('integration_type') }
}

/**
 * The hits with their tier: 0 the name itself, 1 every word in a name, 2 in name, keywords or description, 3 anywhere.
 * Tiers, unlike a score that depends on all other documents, stay what they are while somebody pages.
 */
function matching(filter: SearchFilter): { sql: string; parameters: Parameters } {
  const words = wordsOf(filter.text ?? '')
  const where: string[] = []
  const parameters: Parameters = {}
  for (const [field, column] of COLUMNS) {
    const value = filter[field]
    if (value === undefined) continue
    where.push(`${column} = :${field}`)
    parameters[field] = value
  }
  let tier = '0'
  if (words.length > 0) {
    const all = words.map((word) => `"${word}"*`).join(' AND ')
    parameters.exact = (filter.text ?? '').trim().toLowerCase()
    parameters.any = all
    parameters.named = `{name publisher display_name} : (${all})`
    parameters.told = `{name publisher display_name keywords description} : (${all})`
    where.push('id IN (SELECT rowid FROM texts WHERE texts MATCH :any)')
    tier = `CASE WHEN :exact IN (name, extension, sort_name) THEN 0
      WHEN id IN (SELECT rowid FROM texts WHERE texts MATCH :named) THEN 1
      WHEN id IN (SELECT rowid FROM texts WHERE texts MATCH :told) THEN 2 ELSE 3 END`
  }
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''
  return { sql: `WITH hits AS (SELECT *, ${tier} AS tier FROM entries ${condition})`, parameters }
}

const COLUMNS = [
  ['category', 'category'],
  ['kind', 'kind'],
  ['integrationType', 'integration_type'],
  ['publisher', 'publisher'],
] as const

/** Letters and digits only: nothing of the query language of FTS5 comes through. */
function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  return words.slice(0, MAX_WORDS)
}
