import fc from 'fast-check'
import t from 'tap'
import { kvKeys, kvUsage } from '../../../runtime/host-api/kv-documents.ts'
import { textAfterPrefix } from '../../../runtime/host-api/text-after-prefix.ts'
import { answerOf, codeOf, installed, openHostApi, type TestHost } from './open-host-api.ts'

const keysOf = async ({ call }: TestHost, args: object = {}) =>
  (answerOf(await call('kv.list', args)) as { data: { key: string }[] }).data.map((row) => row.key)

t.test('keeps values as they were given', async (t) => {
  const { call } = await openHostApi(t)
  t.equal(answerOf(await call('kv.get', { key: 'k' })), null)
  for (const value of [null, 0, '', 'é\0\ud83d', [1, { 'a.b': { $gt: '' } }], JSON.parse('{"__proto__":1}')]) {
    const { rev } = answerOf(await call('kv.set', { key: 'k', value })) as { rev: number }
    const stored = answerOf(await call('kv.get', { key: 'k' })) as { value: unknown; rev: number }
    t.equal(JSON.stringify(stored), JSON.stringify({ value, rev }))
  }
  t.equal(answerOf(await call('kv.delete', { key: 'k' })), true)
  t.equal(answerOf(await call('kv.delete', { key: 'k' })), false)
  t.equal(answerOf(await call('kv.get', { key: 'k' })), null)
})

t.test('reads many keys in one call, in their order, for code that has it', async (t) => {
  const { call } = await openHostApi(t)
  const set = async (key: string, value: unknown, more = {}) =>
    (answerOf(await call('kv.set', { key, value }, more)) as { rev: number }).rev
  const [a, b] = [await set('a', [1]), await set('b', null)]
  await set('c', 'of another', { installation: installed({ id: 'ins_2' }) })
  const many = (keys: readonly string[], more = {}) => call('kv.getMany', { keys }, more)
  const found = [{ value: null, rev: b }, null, { value: [1], rev: a }, { value: null, rev: b }]
  t.same(answerOf(await many(['b', 'c', 'a', 'b'])), found)
  t.same(answerOf(await many([])), [])
  const hundred = Array.from({ length: 100 }, (_, i) => `k${i}`)
  t.equal(codeOf(await many(hundred)), 'ok')
  t.equal(codeOf(await many([...hundred, 'a'])), 'INVALID_ARGUMENT')
  t.match(await many(['a'], { platform: '1.0.0' }), { error: { message: 'there is no host call "kv.getMany"' } })
  t.equal(codeOf(await many(['a'], { platform: '1.1.0' })), 'ok')
})

t.test('many large values are more than one answer', async (t) => {
  const { call } = await openHostApi(t)
  const keys = Array.from({ length: 66 }, (_, i) => `large-${i}`)
  const large = 'x'.repeat(65_000)
  for (const key of keys) answerOf(await call('kv.set', { key, value: large }))
  t.equal(codeOf(await call('kv.getMany', { keys: keys.slice(0, 60) })), 'ok')
  t.equal(codeOf(await call('kv.getMany', { keys })), 'QUOTA_EXCEEDED')
})

t.test('compares and sets', async (t) => {
  const { call } = await openHostApi(t)
  const set = (value: number, ifRev?: number) =>
    call('kv.set', { key: 'k', value, ...(ifRev === undefined ? {} : { ifRev }) })
  t.equal(codeOf(await set(1, 5)), 'CONFLICT', 'nothing is there')
  const first = (answerOf(await set(1, 0)) as { rev: number }).rev
  t.equal(codeOf(await set(2, 0)), 'CONFLICT', 'something is there')
  const raced = await Promise.all([set(2, first), set(3, first), set(4, first)])
  t.same(raced.map(codeOf).sort(), ['CONFLICT', 'CONFLICT', 'ok'])
  t.equal(codeOf(await call('kv.delete', { key: 'k', ifRev: first })), 'CONFLICT')
  answerOf(await call('kv.delete', { key: 'k' }))
  answerOf(await set(9))
  t.equal(codeOf(await set(10, first)), 'CONFLICT', 'a key made anew never has an old revision')
})

t.test('forgets a value after its time', async (t) => {
  const host = await openHostApi(t)
  const { call, clock } = host
  answerOf(await call('kv.set', { key: 'short', value: 1, ttl: 10 }))
  answerOf(await call('kv.set', { key: 'long', value: 1 }))
  clock.move(9_999)
  t.same(await keysOf(host), ['long', 'short'])
  clock.move(1)
  t.equal(answerOf(await call('kv.get', { key: 'short' })), null)
  t.same(await keysOf(host), ['long'])
  t.equal(codeOf(await call('kv.set', { key: 'short', value: 2, ifRev: 1 })), 'CONFLICT')
  t.equal(codeOf(await call('kv.set', { key: 'short', value: 2, ifRev: 0 })), 'ok')
  t.same(await keysOf(host), ['long', 'short'])
})

t.test('lists by prefix and in pages, literally', async (t) => {
  const host = await openHostApi(t)
  const keys = ['a', 'a%', 'a*b', 'a.b', 'a/1', 'a/2', 'a/3', 'b', 'a\u{10ffff}x', '$where']
  for (const key of keys) answerOf(await host.call('kv.set', { key, value: 1 }))
  t.same(await keysOf(host, { prefix: 'a/' }), ['a/1', 'a/2', 'a/3'])
  t.same(await keysOf(host, { prefix: 'a\u{10ffff}' }), ['a\u{10ffff}x'])
  t.same(await keysOf(host, { prefix: '%' }), [])
  const page = answerOf(await host.call('kv.list', { prefix: 'a/', limit: 2 })) as { nextCursor: string }
  t.same(await keysOf(host, { prefix: 'a/', limit: 2, cursor: page.nextCursor }), ['a/3'])
  t.equal(codeOf(await host.call('kv.list', { cursor: 'x' })), 'INVALID_ARGUMENT')
  for (const key of ['a\0b', 'a\nb', '\ud800'])
    t.equal(codeOf(await host.call('kv.set', { key, value: 1 })), 'INVALID_ARGUMENT')
})

t.test('the end of a prefix is sharp', async () => {
  const bytes = (text: string) => Buffer.from(text)
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\u{10ffff}'), maxLength: 4 })
  fc.assert(
    fc.property(text, text, (prefix, key) => {
      const end = textAfterPrefix(prefix)
      const inRange =
        Buffer.compare(bytes(key), bytes(prefix)) >= 0 &&
        (end === undefined || Buffer.compare(bytes(key), bytes(end)) < 0)
      return inRange === key.startsWith(prefix)
    }),
    { numRuns: 2000 },
  )
})

t.test('no installation reaches the keys of another', async (t) => {
  const host = await openHostApi(t)
  const others = [
    installed({ id: 'ins_2' }),
    installed({ organizationId: 'org_b', id: 'ins_3' }),
    installed({ id: 'ins_1/k' }),
  ]
  answerOf(await host.call('kv.set', { key: 'k', value: 'mine' }))
  for (const installation of others) {
    t.equal(answerOf(await host.call('kv.get', { key: 'k' }, { installation })), null, installation.id)
    t.same(answerOf(await host.call('kv.list', {}, { installation })), { data: [] })
    t.equal(answerOf(await host.call('kv.delete', { key: 'k' }, { installation })), false)
    answerOf(await host.call('kv.set', { key: 'k', value: 'theirs' }, { installation }))
  }
  t.match(answerOf(await host.call('kv.get', { key: 'k' })), { value: 'mine' })
})

t.test('refuses the 1,001st key and a value over 64 KiB, exactly', async (t) => {
  const host = await openHostApi(t)
  const { call, store, clock } = host
  const of = store.forOrganization('org_a')
  const text = (bytes: number) => 'x'.repeat(bytes - 2)
  t.equal(codeOf(await call('kv.set', { key: 'big', value: text(65_536) })), 'ok', 'with its quotes exactly 64 KiB')
  t.equal(codeOf(await call('kv.set', { key: 'big', value: text(65_537) })), 'QUOTA_EXCEEDED')
  t.equal(
    codeOf(await call('kv.set', { key: 'big', value: 'é'.repeat(33_000) })),
    'QUOTA_EXCEEDED',
    'bytes, not characters',
  )
  for (let i = 0; i < 998; i++) answerOf(await call('kv.set', { key: `k${i}`, value: i }))
  const last = await Promise.all(['x', 'y', 'z'].map((key) => call('kv.set', { key, value: 1, ttl: 60 })))
  t.same(last.map(codeOf).sort(), ['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', 'ok'])
  t.equal((await of(kvUsage).get('ins_1'))?.keys, 1000)
  t.equal(codeOf(await call('kv.set', { key: 'k1', value: 'changed' })), 'ok', 'what is there may change')
  t.equal(
    codeOf(await call('kv.set', { key: 'more', value: 1 }, { installation: installed({ id: 'ins_2' }) })),
    'ok',
    'another has its own',
  )
  answerOf(await call('kv.delete', { key: 'k2' }))
  t.equal(codeOf(await call('kv.set', { key: 'more', value: 1 })), 'ok', 'a deleted key makes room')
  t.equal(codeOf(await call('kv.set', { key: 'again', value: 1 })), 'QUOTA_EXCEEDED')
  clock.move(61_000)
  t.equal(codeOf(await call('kv.set', { key: 'again', value: 1 })), 'ok', 'so does an expired one')
  t.equal((await of(kvUsage).get('ins_1'))?.keys, 1000)
  t.equal(
    (await of(kvKeys).find({ where: { installationId: 'ins_1', key: { $gte: '' } }, limit: 1000 })).data.length,
    1000,
  )
})
