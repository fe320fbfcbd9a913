import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import { readOutbox } from '../../../runtime/storage/outbox-read.ts'
import type { OutboxEvent, Store } from '../../../runtime/storage/port.ts'
import { contractCollections, type Thing, things } from './contract/things.ts'

const ROUNDS = 5
const program = fileURLToPath(new URL('commit-pairs.ts', import.meta.url))
const seed = Number(process.env.ANNEX_TEST_SEED ?? Date.now() % 1_000_000)

t.test('what was acknowledged survives kill -9, and no half of a pair does', async (t) => {
  t.comment(`seed ${seed}; ANNEX_TEST_SEED=${seed} kills at the same moments`)
  const random = randomFrom(seed)
  const path = join(t.testdir(), 'annex.db')
  const acknowledged: string[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const lines = await killAfter(path, `r${round}`, 50 + Math.floor(random() * 350))
    acknowledged.push(...lines)
  }
  t.comment(`${acknowledged.length} acknowledged`)
  const orphans = countChunks(path)
  t.ok(orphans > 0, 'uploads were under way')
  const store = await openStore({
    engine: { kind: 'sqlite', path },
    collections: contractCollections,
    clock: systemClock,
    ids: createIds(Date.now),
  })
  t.teardown(() => store.close())
  const found = await everything(store)
  const lost = acknowledged.filter((line) => {
    const [kind, name] = line.split(' ')
    return kind === 'pair' ? !found.has(`${name}:left`) || !found.has(`${name}:right`) : !found.has(name ?? '')
  })
  t.ok(acknowledged.length >= ROUNDS, 'the kills came in the middle of work')
  t.same(lost, [])
  const other = (id: string) => (id.endsWith(':left') ? id.replace(':left', ':right') : id.replace(':right', ':left'))
  t.same(
    [...found].filter((id) => !found.has(other(id))),
    [],
  )
  const events = await allEvents(store)
  const pairs = [...found].filter((id) => id.endsWith(':left')).map((id) => id.slice(0, -5))
  t.same(events.map((event) => event.payload).sort(), pairs.sort(), 'one event a pair')
  t.ok(
    events.every((event, n) => event.sequence === n + 1),
    'without gaps',
  )
  t.equal(countChunks(path), 0, 'what killed uploads left is swept')
})

/** Starts the writer, kills it so many milliseconds after its first commit, and gives its acknowledgements. */
async function killAfter(path: string, run: string, milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, path, run], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const exit = once(child, 'exit')
  await Promise.race([once(reader, 'line'), exit])
  await Promise.race([sleep(milliseconds), exit])
  child.kill('SIGKILL')
  const [, signal] = await exit
  if (child.stdout.readableEnded === false) await once(reader, 'close')
  if (signal !== 'SIGKILL') throw new Error('the writer ended by itself')
  return lines
}

async function everything(store: Store): Promise<Set<string>> {
  const docs = store.forOrganization('org')(things)
  const found = new Set<string>()
  for (let cursor: string | undefined; ; ) {
    const page = await docs.find({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    for (const { _id } of page.data satisfies Thing[]) found.add(_id)
    cursor = page.nextCursor
    if (cursor === undefined) return found
  }
}

async function allEvents(store: Store): Promise<OutboxEvent[]> {
  const events: OutboxEvent[] = []
  for (;;) {
    const more = await readOutbox(store, 'org', events.length, 1000)
    events.push(...more)
    if (more.length < 1000) return events
  }
}

function countChunks(path: string): number {
  const database = new DatabaseSync(`${path}-blobs`)
  const row = database.prepare('select count(*) as n from chunk').get()
  database.close()
  return Number(row?.n)
}

/** Mulberry32: the same seed, the same moments. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
