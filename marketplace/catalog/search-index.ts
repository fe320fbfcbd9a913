import { DatabaseSync } from 'node:sqlite'
import { createIndexReader } from './index-reader.ts'
import { createIndexWriter } from './index-writer.ts'
import type { Rank, SearchAnswer, SearchEntry, SearchQuestion } from './search-entry.ts'
import { createTraitGroups } from './traits.ts'
import { createVocabulary } from './vocabulary.ts'

/** The read model of the catalog: in memory, one per process, rebuilt from the store at any time. */
export interface SearchIndex {
  /** An index that nobody reads yet: all that the pages give. Lets others work in between. */
  fill(pages: AsyncIterable<readonly SearchEntry[]>): Promise<void>
  /**
   * These entries in the place of what is there of these extensions. Lets others work in between, who must not read
   * before it is done; when it fails, the index is of no more use.
   */
  replace(names: readonly string[], entries: readonly SearchEntry[]): Promise<void>
  search(question: SearchQuestion, page: { limit: number; after?: Rank }): SearchAnswer
  /** Names open to everybody whose part after the slash has so many characters: in their order, the first some after one. */
  names(length: { min: number; max: number }, after: string): { name: string; displayName: string }[]
  /** Extensions that need this one. */
  dependants(extension: string): string[]
  close(): void
}

/**
 * The id is the place in the order, so a search reads hits best first and stops when the page is full. Of texts only the
 * words are kept: `names` knows which are where in what lists show, `contents` all of them, the README's too.
 */
const SCHEMA = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY, extension TEXT NOT NULL UNIQUE, publisher TEXT NOT NULL, name TEXT NOT NULL,
    display_name TEXT NOT NULL, title TEXT NOT NULL, grp INTEGER NOT NULL, words TEXT NOT NULL, card TEXT NOT NULL
  );
  CREATE INDEX by_publisher ON entries (publisher);
  CREATE INDEX by_name ON entries (name);
  CREATE INDEX by_title ON entries (title);
  CREATE TABLE traits (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL);
  CREATE INDEX by_group ON traits (grp);
  CREATE TABLE audience (organization TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (organization, id)) WITHOUT ROWID;
  CREATE INDEX audience_by_id ON audience (id);
  CREATE TABLE needs (needed TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (needed, id)) WITHOUT ROWID;
  CREATE INDEX needs_by_id ON needs (id);
  CREATE VIRTUAL TABLE names USING fts5(
    name, publisher, title, keywords, description,
    tokenize = 'unicode61', prefix = '1 2 3', content = '', contentless_delete = 1, detail = column
  );
  CREATE VIRTUAL TABLE contents USING fts5(
    words, tokenize = 'unicode61', content = '', contentless_delete = 1, detail = none
  );
`

export function createSearchIndex(): SearchIndex {
  const database = new DatabaseSync(':memory:')
  database.exec(SCHEMA)
  const groups = createTraitGroups()
  const vocabulary = createVocabulary()
  const write = createIndexWriter(database, groups, vocabulary)
  const read = createIndexReader(database, groups, vocabulary)
  return {
    fill: write.fill,
    replace(names, entries) {
      read.forget()
      return write.replace(names, entries)
    },
    search: read.search,
    names: read.names,
    dependants: read.dependants,
    close: () => database.close(),
  }
}
