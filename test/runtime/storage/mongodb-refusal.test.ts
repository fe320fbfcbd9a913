import { createServer, type Socket } from 'node:net'
import { BSON } from 'mongodb'
import t from 'tap'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import { StoreUnavailable } from '../../../runtime/storage/port.ts'

/** Answers every command as a single mongod would that is part of no replica set. */
async function standalone(t: { teardown(end: () => void): void }): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let pending = Buffer.alloc(0)
    socket.on('data', (data: Buffer) => {
      pending = Buffer.concat([pending, data])
      while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
        const message = pending.subarray(0, pending.readInt32LE(0))
        pending = pending.subarray(message.length)
        socket.write(answer(message))
      }
    })
    socket.on('error', () => socket.destroy())
  })
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  return `mongodb://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
}

const OP_REPLY = 1
const OP_QUERY = 2004

function answer(message: Buffer): Buffer {
  const limits = { maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 }
  const hello = {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
  }
  const body = Buffer.from(BSON.serialize({ ...hello, ...limits, logicalSessionTimeoutMinutes: 30, ok: 1 }))
  const legacy = message.readInt32LE(12) === OP_QUERY
  const head = Buffer.alloc(legacy ? 36 : 21)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(legacy ? OP_REPLY : 2013, 12)
  if (legacy) head.writeInt32LE(1, 32)
  return Buffer.concat([head, body])
}

t.test('refuses a server that has no transactions', async (t) => {
  const engine = { kind: 'mongodb', uri: await standalone(t), database: 'annex' } as const
  const opening = openStore({ engine, collections: [], clock: systemClock, ids: createIds(Date.now) })
  await t.rejects(opening, { code: 'STORE_UNAVAILABLE', message: /replica set or a sharded cluster/ })
})

t.test('says in words, and without the password, that no server answers', async (t) => {
  for (const uri of [
    'mongodb://annex:pass%2Fword@127.0.0.1:1/?serverSelectionTimeoutMS=300',
    'mongodb://annex:pass%2Fword@127.0.0.1:1/?nonsense=pass%2Fword',
    'mongodb://annex:pass%2Fword@/?serverSelectionTimeoutMS=300',
  ]) {
    const engine = { kind: 'mongodb', uri, database: 'annex' } as const
    const opening = openStore({ engine, collections: [], clock: systemClock, ids: createIds(Date.now) })
    const error: unknown = await opening.catch((reason: unknown) => reason)
    if (!(error instanceof StoreUnavailable)) throw error
    t.match(error.message, /^MongoDB( at 127\.0\.0\.1:1)? cannot be used: ./)
    t.notMatch(error.message, /pass|word/)
  }
})
