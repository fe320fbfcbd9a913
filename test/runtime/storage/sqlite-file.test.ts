import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import { type Collection, collection, type Stored } from '../../../runtime/storage/port.ts'

interface Word extends Stored {
  word?: string
  length?: number
}

const words = (indexes: Collection<Word>['indexes']) => collection<Word>({ name: 'words', scope: 'system', indexes })
const open = (path: string, ...collections: Collection<Stored>[]) =>
  openStore({ engine: { kind: 'sqlite', path }, collections, clock: systemClock, ids: createIds(Date.now) })

function query(path: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path)
  const rows = database.prepare(sql).all()
  database.close()
  return rows
}

t.test('loads no MongoDB driver', async (t) => {
  const loaded: string[] = []
  const hooks = registerHooks({
    load(url, context, next) {
      loaded.push(url)
      return next(url, context)
    },
  })
  t.teardown(() => hooks.deregister())
  await (await open(join(t.testdir(), 'a.db'))).close()
  t.ok(
    loaded.some((url) => url.endsWith('/runtime/storage/sqlite.ts')),
    'the hook sees what is loaded',
  )
  t.notOk(loaded.some((url) => url.includes('mongodb')))
})

t.test('keeps documents over a restart and makes the folder', async (t) => {
  const path = join(t.testdir(), 'deep', 'down', 'annex.db')
  const declared = words({})
  const before = await open(path, declared)
  await before.asSystem('a test')(declared).insert({ _id: 'a', word: 'one' })
  const blob = await before.blobs.put(Buffer.from('bytes'))
  await before.close()
  const after = await open(path, declared)
  t.teardown(() => after.close())
  t.match(await after.asSystem('a test')(declared).get('a'), { word: 'one', rev: 1 })
  t.equal(Buffer.from((await after.blobs.get(blob.id)) ?? []).toString(), 'bytes')
  t.ok(existsSync(`${path}-blobs`), 'blobs have a file of their own')
})

t.test('commits are durable: WAL and a full sync', async (t) => {
  const path = join(t.testdir(), 'annex.db')
  const { openConnection } = await import('../../../runtime/storage/sqlite-connection.ts')
  const connection = openConnection(path, { readOnly: false, durable: true })
  t.teardown(() => connection.close())
  t.equal(connection.statement('pragma journal_mode').get()?.journal_mode, 'wal')
  t.equal(connection.statement('pragma synchronous').get()?.synchronous, 2)
})

t.test('a changed declaration changes the indexes', async (t) => {
  const path = join(t.testdir(), 'annex.db')
  const names = () =>
    query(path, "select name from sqlite_master where name like 'words/%' order by name").map((row) => row.name)
  const first = words({ word: { fields: ['word'] }, gone: { fields: ['length'] } })
  const before = await open(path, first)
  const docs = before.asSystem('a test')(first)
  await docs.insertMany([
    { _id: '1', word: 'a', length: 1 },
    { _id: '2', word: 'b', length: 1 },
  ])
  t.same(names(), ['words/gone', 'words/word'])
  await before.close()
  const second = words({ word: { fields: ['word'], unique: true } })
  const after = await open(path, second)
  t.same(names(), ['words/word'])
  await t.rejects(after.asSystem('a test')(second).insert({ _id: '3', word: 'a' }), {
    index: 'word',
    code: 'STORAGE_CONFLICT',
  })
  await after.close()
  const third = words({ length: { fields: ['length'], unique: true } })
  await t.rejects(
    open(path, third),
    /UNIQUE constraint failed/,
    'data that breaks a new unique index is not let through',
  )
  t.same(names(), ['words/word'], 'and nothing has changed')
})

t.test('refuses declarations that cannot be built', async (t) => {
  const bad: Collection<Word>[] = [
    words({ x: { fields: [] } }),
    words({ x: { fields: ['_id'] } }),
    words({ x: { fields: ['word', 'word'] } }),
    words({ x: { fields: ["word'); --"] } }),
    words({ 'x"; --': { fields: ['word'] } }),
    { ...words({}), name: 'c"; drop table x; --' },
    { ...words({}), name: '' },
  ]
  for (const one of bad) await t.rejects(open(':memory:', one), { code: 'STORAGE_ERROR' })
  await t.rejects(open(':memory:', words({}), words({})), { code: 'STORAGE_ERROR' }, 'two of one name')
  await t.rejects(open(':memory:', words({}), { ...words({}), name: 'wORDS' }), { code: 'STORAGE_ERROR' })
})

t.test('a commit that fails is told to all whose writes were in it', async (t) => {
  const path = join(t.testdir(), 'annex.db')
  const declared = words({})
  const store = await open(path, declared)
  t.teardown(() => store.close())
  const docs = store.asSystem('a test')(declared)
  const other = new DatabaseSync(path)
  other.exec('drop table c_words')
  const results = await Promise.allSettled([docs.insert({ _id: '1' }), docs.insert({ _id: '2' })])
  t.same(
    results.map((result) => result.status),
    ['rejected', 'rejected'],
  )
  other.exec('create table c_words (id text primary key not null, j text not null)')
  other.close()
  t.ok(await docs.insert({ _id: '3' }), 'and the writer works on')
})
