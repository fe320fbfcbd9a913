import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { createGiveWay } from './give-way.ts'
import { groupMark, publisherMark } from './hidden-words.ts'
import { MOST_SCORE } from './score.ts'
import type { SearchEntry } from './search-entry.ts'
import { searchWords } from './search-words.ts'
import type { TraitGroups } from './traits.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Texts that are taken at a time from where they lay. */
const SLICE = 20

const NAMED = 'name, publisher, title, keywords, description'
const INTO_NAMES = `INSERT INTO names (rowid, ${NAMED})`
const INTO_CONTENTS = 'INSERT INTO contents (rowid, words)'

/** Where texts lie until all are known. */
const STAGED = `CREATE TEMP TABLE staged (
  id INTEGER PRIMARY KEY, name TEXT, publisher TEXT, title TEXT, keywords TEXT, description TEXT, contents TEXT
)`

export interface IndexWriter {
  fill(pages: AsyncIterable<readonly SearchEntry[]>): Promise<void>
  replace(names: readonly string[], entries: readonly SearchEntry[]): Promise<void>
}

export function createIndexWriter(database: DatabaseSync, groups: TraitGroups, vocabulary: Vocabulary): IndexWriter {
  const found = database.prepare('SELECT id, grp, words FROM entries WHERE extension = ?')
  const taken = database.prepare('SELECT 1 FROM entries WHERE id = ?')
  const drop = ['names WHERE rowid', 'contents WHERE rowid', 'audience WHERE id', 'needs WHERE id', 'traits WHERE id']
    .concat('entries WHERE id')
    .map((where) => database.prepare(`DELETE FROM ${where} = ?`))
  const insert = insertsInto(database)

  function remove({ id, grp, words }: Record<string, unknown>): void {
    // `run` would read the last row id as well: FTS5 leaves one beyond 2^53 when it deletes, which throws.
    for (const statement of drop) statement.all(Number(id))
    groups.count(Number(grp), -1)
    vocabulary.remove(String(words).split(' '))
  }

  /** Everything but the texts. */
  function enter(entry: SearchEntry): EntryTexts {
    const { extension, publisher, name, displayName, card } = entry
    let id = placeOf(entry)
    while (taken.get(id)) id++
    const group = groups.groupOf(entry)
    const { words, ...texts } = textsOf(entry, id, group)
    insert.entry.run(id, extension, publisher, name, displayName, displayName.toLowerCase(), group, words, card)
    insert.traits.run(id, group)
    for (const organization of new Set(entry.audience)) insert.audience.run(organization, id)
    for (const needed of new Set(entry.needs)) insert.needs.run(needed, id)
    groups.count(group, 1)
    vocabulary.add(words.split(' '))
    return texts
  }

  async function fill(pages: AsyncIterable<readonly SearchEntry[]>): Promise<void> {
    const giveWay = createGiveWay()
    database.exec(`BEGIN; ${STAGED}`)
    const stage = database.prepare(`INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?)`)
    for await (const page of pages) {
      for (const entry of page) {
        const { id, named, contents } = enter(entry)
        stage.run(id, ...named, contents)
        await giveWay()
      }
    }
    const next = database.prepare(
      'SELECT max(id) AS last FROM (SELECT id FROM staged WHERE id > ? ORDER BY id LIMIT ?)',
    )
    const some = 'FROM staged WHERE id > ? AND id <= ? ORDER BY id'
    const names = database.prepare(`${INTO_NAMES} SELECT id, ${NAMED} ${some}`)
    const contents = database.prepare(`${INTO_CONTENTS} SELECT id, contents ${some}`)
    for (let from = -1, last = next.get(from, SLICE)?.last; last != null; last = next.get(from, SLICE)?.last) {
      names.run(from, last)
      await giveWay()
      contents.run(from, last)
      from = Number(last)
      await giveWay()
    }
    database.exec('DROP TABLE staged; COMMIT')
  }

  async function replace(names: readonly string[], entries: readonly SearchEntry[]): Promise<void> {
    const giveWay = createGiveWay()
    database.exec('BEGIN')
    const gone = names.map((name) => found.get(name)).filter((row) => row !== undefined)
    for (const row of inOrder(gone)) {
      remove(row)
      await giveWay()
    }
    for (const { id, named, contents } of inOrder(entries.map(enter))) {
      insert.names.run(id, ...named)
      insert.contents.run(id, contents)
      await giveWay()
    }
    database.exec('COMMIT')
  }

  return { fill, replace }
}

/** In the order of the ids: what comes before the last one written makes FTS5 close a segment, each time. */
function inOrder<T extends { id?: unknown }>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => Number(a.id) - Number(b.id))
}

interface EntryTexts {
  id: number
  /** Name, publisher, title, keywords, description. */
  named: string[]
  contents: string
}

function textsOf(entry: SearchEntry, id: number, group: number): EntryTexts & { words: string } {
  const { name, publisher, displayName, keywords, description, readme } = entry
  const texts = [name, publisher, displayName, keywords.join(' '), description].map(searchWords)
  const words = [...new Set(texts.flat())].join(' ')
  const marks = `${publisherMark(publisher)} ${groupMark(group)}`
  const named = texts.map((text) => text.join(' '))
  return {
    id,
    named: [...named.slice(0, -1), `${named.at(-1)} ${marks}`],
    contents: `${words} ${readme} ${marks}`,
    words,
  }
}

function insertsInto(
  database: DatabaseSync,
): Record<'entry' | 'traits' | 'audience' | 'needs' | 'names' | 'contents', StatementSync> {
  const into = (table: string, values: number) =>
    database.prepare(`INSERT INTO ${table} VALUES (${Array.from({ length: values }, () => '?').join(', ')})`)
  return {
    entry: into('entries', 9),
    traits: into('traits', 2),
    audience: into('audience', 2),
    needs: into('needs', 2),
    names: database.prepare(`${INTO_NAMES} VALUES (?, ?, ?, ?, ?, ?)`),
    contents: database.prepare(`${INTO_CONTENTS} VALUES (?, ?)`),
  }
}

/** Bits of a place below the score: 50 in all, so that it stays a number that JavaScript holds exactly. */
const DRAWN = 40

/** The better the score, the lower; of the same score in an order that a name cannot be chosen for. */
function placeOf({ score, extension }: SearchEntry): number {
  const drawn = createHash('sha256')
    .update(extension)
    .digest()
    .readUIntBE(0, DRAWN / 8)
  return (MOST_SCORE - score) * 2 ** DRAWN + drawn
}
