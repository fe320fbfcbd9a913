import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setImmediate as others } from 'node:timers/promises'
import { groupMark, publisherMark } from './hidden-words.ts'
import { MOST_SCORE } from './score.ts'
import type { SearchEntry } from './search-entry.ts'
import { searchWords } from './search-words.ts'
import type { TraitGroups } from './traits.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Extensions that are written before others may work. */
const SLICE = 200

export interface IndexWriter {
  fill(pages: AsyncIterable<readonly SearchEntry[]>): Promise<void>
  put(entries: readonly SearchEntry[]): void
  remove(extension: string): void
}

export function createIndexWriter(database: DatabaseSync, groups: TraitGroups, vocabulary: Vocabulary): IndexWriter {
  const found = database.prepare('SELECT id, grp, words FROM entries WHERE extension = ?')
  const taken = database.prepare('SELECT 1 FROM entries WHERE id = ?')
  const drop = ['names WHERE rowid', 'contents WHERE rowid', 'audience WHERE id', 'needs WHERE id', 'traits WHERE id']
    .concat('entries WHERE id')
    .map((where) => database.prepare(`DELETE FROM ${where} = ?`))
  const insert = insertsInto(database)

  function remove(extension: string): void {
    const row = found.get(extension)
    if (!row) return
    for (const statement of drop) statement.run(Number(row.id))
    groups.count(Number(row.grp), -1)
    vocabulary.remove(String(row.words).split(' '))
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

  function enterTexts({ id, named, contents }: EntryTexts): void {
    insert.names.run(id, ...named)
    insert.contents.run(id, contents)
  }

  async function fill(pages: AsyncIterable<readonly SearchEntry[]>): Promise<void> {
    database.exec('BEGIN; CREATE TEMP TABLE staged (id INTEGER PRIMARY KEY, texts TEXT NOT NULL)')
    const stage = database.prepare('INSERT INTO staged VALUES (?, ?)')
    for await (const page of pages) {
      for (let at = 0; at < page.length; at += SLICE) {
        for (const entry of page.slice(at, at + SLICE)) {
          const texts = enter(entry)
          stage.run(texts.id, JSON.stringify(texts))
        }
        await others()
      }
    }
    // In the order of the ids: a text before the last one makes FTS5 close a segment, each time.
    const next = database.prepare('SELECT id, texts FROM staged WHERE id > ? ORDER BY id LIMIT ?')
    for (let last = -1; ; await others()) {
      const rows = next.all(last, SLICE)
      for (const row of rows) enterTexts(JSON.parse(String(row.texts)) as EntryTexts)
      if (rows.length < SLICE) break
      last = Number(rows.at(-1)?.id)
    }
    database.exec('DROP TABLE staged; COMMIT')
  }

  return {
    fill,
    remove,
    put(entries) {
      database.exec('BEGIN')
      for (const entry of entries) {
        remove(entry.extension)
        enterTexts(enter(entry))
      }
      database.exec('COMMIT')
    },
  }
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
    names: into('names (rowid, name, publisher, title, keywords, description)', 6),
    contents: into('contents (rowid, words)', 2),
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
