import { createHash, randomBytes } from 'node:crypto'
import { type ContractPart, refused } from './things.ts'

const CHUNK = 255 * 1024

/** Bytes under their digest. */
export function blobsContract({ t, store }: ContractPart): void {
  const { blobs } = store
  const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

  async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }

  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * 1024 * 1024 + 17]) {
    t.test(`gives back ${size} bytes, whole and in chunks`, async (t) => {
      const bytes = randomBytes(size)
      const put = size % 2 === 0 ? bytes : pieces(bytes, 100_001)
      t.same(await blobs.put(put), { id: sha(bytes), size })
      const whole = await blobs.get(sha(bytes))
      t.ok(whole && Buffer.compare(whole, bytes) === 0)
      const chunks: Uint8Array[] = []
      for await (const chunk of blobs.stream(sha(bytes))) chunks.push(chunk)
      t.ok(chunks.every((chunk) => chunk.length > 0 && chunk.length <= CHUNK))
      t.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0)
    })
  }

  t.test('the same bytes are the same blob', async (t) => {
    const bytes = randomBytes(CHUNK + 5)
    const puts = await Promise.all([blobs.put(bytes), blobs.put(pieces(bytes, 999)), blobs.put(pieces(bytes, CHUNK))])
    t.equal(new Set(puts.map((put) => put.id)).size, 1)
    t.same(await blobs.put(bytes), { id: sha(bytes), size: bytes.length })
    t.equal(await blobs.delete(sha(bytes)), true)
    t.equal(await blobs.get(sha(bytes)), undefined)
    t.equal(await blobs.delete(sha(bytes)), false)
    await blobs.put(bytes)
    t.ok(await blobs.get(sha(bytes)), 'and may come again')
  })

  t.test('an upload is not seen before its end', async (t) => {
    const bytes = randomBytes(2 * CHUNK)
    const ids = [sha(bytes), sha(bytes.subarray(0, CHUNK))]
    async function* slow() {
      yield bytes.subarray(0, CHUNK)
      yield bytes.subarray(CHUNK, CHUNK + 10)
      for (const id of ids) t.equal(await blobs.get(id), undefined)
      yield bytes.subarray(CHUNK + 10)
    }
    await blobs.put(slow())
    t.equal((await blobs.get(ids[0] ?? ''))?.length, 2 * CHUNK)
  })

  t.test('an upload that breaks off leaves nothing', async (t) => {
    const bytes = randomBytes(CHUNK)
    const broken = new Error('the line went dead')
    async function* half() {
      yield bytes
      throw broken
    }
    await t.rejects(blobs.put(half()), broken)
    t.equal(await blobs.get(sha(bytes)), undefined)
    async function* words() {
      yield 'text' as never
    }
    await t.rejects(blobs.put(words()), refused)
  })

  t.test('a blob that is not there', async (t) => {
    const id = '0'.repeat(64)
    t.equal(await blobs.get(id), undefined)
    t.equal(await blobs.get({ $ne: null } as never), undefined)
    t.equal(await blobs.delete(id), false)
    await t.rejects(async () => {
      for await (const _ of blobs.stream(id)) t.fail('a chunk of nothing')
    }, refused)
  })
}
