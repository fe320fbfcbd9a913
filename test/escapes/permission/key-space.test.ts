import type { Test } from 'tap'
import { MAX_KEYS, MAX_VALUE_BYTES } from '../../../runtime/host-api/kv-calls.ts'
import { kvDocumentId, kvKeys, kvUsage } from '../../../runtime/host-api/kv-documents.ts'
import { answerOf, codeOf, installed, openHostApi, type TestHost } from '../../runtime/host-api/open-host-api.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'

const SECRET = 'the victim’s own'

/** Places for a key that people have really made; all of them without a host that keeps spaces apart. */
const PLACES: Record<string, (installationId: string, key: string) => string> = {
  'a slash between': (id, key) => `${id}/${key}`,
  'a path': (id, key) => new URL(`/${id}/${key}`, 'file:///').pathname,
  'JSON by hand': (id, key) => `{"installation":"${id}","key":"${key}"}`,
  'normal form': (id, key) => `${id}/${key}`.normalize('NFKC'),
  'small letters': (id, key) => `${id}/${key}`.toLowerCase(),
  'a NUL at the end': (id, key) => `${key}@${id}`.split('\0')[0] ?? '',
  'a path, decoded': (id, key) => new URL(decodeURIComponent(`/${id}/${key}`), 'file:///').pathname,
}

interface Collision {
  /** Whose the key is, and its name. */
  victim: readonly [id: string, key: string]
  attacker: readonly [id: string, key: string]
}

function collides(title: string, place: keyof typeof PLACES, { victim, attacker }: Collision): Idea {
  const of = ([id]: Collision['victim']) => ({ installation: installed({ id }) })
  return {
    title,
    async control() {
      const placed = [victim, attacker].map(([id, key]) => PLACES[place]?.(id, key))
      return placed[0] === placed[1] ? `with ${place} the two are one key` : undefined
    },
    async attack(t) {
      const { call } = await openHostApi(t)
      answerOf(await call('kv.set', { key: victim[1], value: SECRET }, of(victim)))
      const [, key] = attacker
      for (const [name, args] of [
        ['kv.get', { key }],
        ['kv.delete', { key }],
        ['kv.set', { key, value: 'x' }],
      ] as const) {
        const answer = await call(name, args, of(attacker))
        t.notMatch(JSON.stringify(answer), SECRET, name)
      }
      const listed = answerOf(await call('kv.list', {}, of(attacker))) as { data: { key: string }[] }
      t.ok(
        listed.data.every((row) => row.key === key),
        'it lists its own',
      )
      t.match(await call('kv.get', { key: victim[1] }, of(victim)), { ok: true, value: { value: SECRET } })
    },
  }
}

runIdeas('keys that lead into another space', [
  collides('a separator in the key', 'a slash between', { victim: ['ins_1/a', 'k'], attacker: ['ins_1', 'a/k'] }),
  collides('two dots', 'a path', { victim: ['ins_2', 'k1'], attacker: ['ins_1', '../ins_2/k1'] }),
  collides('two dots in percent signs', 'a path', { victim: ['ins_2', 'k1'], attacker: ['ins_1', '%2e%2e/ins_2/k1'] }),
  collides('a slash in percent signs', 'a path, decoded', {
    victim: ['ins_2', 'k1'],
    attacker: ['ins_1', '..%2fins_2/k1'],
  }),
  collides('a backslash', 'a path', { victim: ['ins_2', 'k1'], attacker: ['ins_1', '..\\ins_2\\k1'] }),
  collides('a quote that ends the text', 'JSON by hand', {
    victim: ['a","key":"b', 'k1'],
    attacker: ['a', 'b","key":"k1'],
  }),
  collides('a letter in another form', 'normal form', { victim: ['ins_1é', 'k1'], attacker: ['ins_1e\u0301', 'k1'] }),
  collides('letters in full width', 'normal form', { victim: ['ins_2/x', 'k1'], attacker: ['ins_2', 'ｘ/k1'] }),
  collides('capitals', 'small letters', { victim: ['ins_a', 'k1'], attacker: ['INS_A', 'K1'] }),
  collides('a NUL', 'a NUL at the end', { victim: ['ins_2', 'k1'], attacker: ['ins_1', 'k1@ins_2\0'] }),
])

runIdeas('lists that go beyond the space', [
  {
    title: 'no prefix and no cursor shows keys of others',
    async control(t) {
      const { store } = await openWithVictims(t)
      const all = await store
        .forOrganization('org_a')(kvKeys)
        .find({ where: { installationId: 'ins_2' } })
      return all.data.length > 0 ? 'without the installation in the query they are listed' : undefined
    },
    async attack(t) {
      const host = await openWithVictims(t)
      for (const key of ['a', 'b', 'c']) answerOf(await host.call('kv.set', { key: `own-${key}`, value: 1 }))
      const theirs = answerOf(await host.call('kv.list', { limit: 1 }, { installation: installed({ id: 'ins_2' }) }))
      const { nextCursor } = theirs as { nextCursor: string }
      const said: string[] = []
      for (const prefix of ['', 'victim', '%', '_', '.*', '\u{10ffff}', '*', ' ', '../'])
        said.push(JSON.stringify(await host.call('kv.list', { prefix })))
      said.push(JSON.stringify(await host.call('kv.list', { cursor: nextCursor })))
      t.notMatch(said.join('\n'), /victim/)
      t.match(said[0], 'own-a', 'control: its own are there')
    },
  },
])

async function openWithVictims(t: Test): Promise<TestHost> {
  const host = await openHostApi(t)
  for (const installation of [installed({ id: 'ins_2' }), installed({ id: 'ins_3', organizationId: 'org_b' })])
    for (const n of [1, 2, 3])
      answerOf(await host.call('kv.set', { key: `victim-${n}`, value: SECRET }, { installation }))
  return host
}

const AT_ONCE = 60

runIdeas('more than one may keep', [
  {
    title: 'many keys at once are no more than one after the other',
    async control(t) {
      const { store } = await openAlmostFull(t)
      const of = store.forOrganization('org_a')
      // Counts, and then writes: as every first try at this does.
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, i) => {
          if (((await of(kvUsage).get('ins_1'))?.keys ?? 0) >= MAX_KEYS) return
          const _id = kvDocumentId('ins_1', `new-${i}`)
          await of(kvKeys).put({
            _id,
            installationId: 'ins_1',
            key: `new-${i}`,
            value: '1',
            revision: 1,
            expiresAt: '9999',
          })
          await of(kvUsage).increment('ins_1', 'keys')
        }),
      )
      const keys = (await of(kvUsage).get('ins_1'))?.keys ?? 0
      return keys > MAX_KEYS ? `${keys} keys are kept` : undefined
    },
    async attack(t) {
      const host = await openAlmostFull(t)
      const sets = Array.from({ length: AT_ONCE }, (_, i) => host.call('kv.set', { key: `new-${i}`, value: 1 }))
      const codes = (await Promise.all(sets)).map(codeOf)
      t.equal(codes.filter((code) => code === 'ok').length, ROOM)
      t.equal(codes.filter((code) => code === 'QUOTA_EXCEEDED').length, AT_ONCE - ROOM)
      t.equal(await countKeys(host), MAX_KEYS)
    },
  },
  {
    title: 'no order of sets, deletes, conflicts and expiries makes room that is not there',
    async control(t) {
      const host = await openAlmostFull(t)
      return codeOf(await host.call('kv.set', { key: 'one', value: 1 })) === 'ok'
        ? 'there is room for a few'
        : undefined
    },
    async attack(t) {
      const host = await openAlmostFull(t)
      const { call, clock } = host
      const tries = Array.from({ length: AT_ONCE }, (_, i) => [
        call('kv.delete', { key: 'full-1' }),
        call('kv.set', { key: `c-${i}`, value: 1, ifRev: 7 }),
        call('kv.set', { key: `t-${i % 3}`, value: 1, ttl: 1 }),
        call('kv.delete', { key: `t-${i % 3}` }),
        call('kv.delete', { key: 'never-there' }),
      ])
      await Promise.all(tries.flat())
      clock.move(2_000)
      for (let i = 0; i < AT_ONCE; i++) await call('kv.set', { key: `last-${i}`, value: 1 })
      t.equal(await countKeys(host), MAX_KEYS)
      t.equal((await host.store.forOrganization('org_a')(kvUsage).get('ins_1'))?.keys, MAX_KEYS, 'the count is true')
    },
  },
  {
    title: 'a value is measured as it is kept',
    async control(t) {
      const { call } = await openHostApi(t)
      const value = 'x'.repeat(MAX_VALUE_BYTES / 2)
      return codeOf(await call('kv.set', { key: 'k', value })) === 'ok' ? 'half of it fits' : undefined
    },
    async attack(t) {
      const { call } = await openHostApi(t)
      const half = MAX_VALUE_BYTES / 2
      const values = [
        '\u0001'.repeat(half),
        '漢'.repeat(half),
        '\ud800'.repeat(half),
        '"'.repeat(half),
        Array(half).fill(0.1),
        Object.fromEntries(Array.from({ length: half / 4 }, (_, i) => [`key-${i}`, 'x'])),
      ]
      for (const value of values) t.equal(codeOf(await call('kv.set', { key: 'k', value })), 'QUOTA_EXCEEDED')
      t.equal(
        codeOf(await call('kv.set', { key: '漢'.repeat(512), value: 1 })),
        'ok',
        'a key is measured in characters',
      )
      t.equal(codeOf(await call('kv.set', { key: 'k'.repeat(513), value: 1 })), 'INVALID_ARGUMENT')
      t.equal(answerOf(await call('kv.get', { key: 'k' })), null, 'none of them was kept')
    },
  },
  {
    title: 'another installation of the same extension has room of its own',
    async control(t) {
      const host = await openAlmostFull(t)
      for (let i = 0; i <= ROOM; i++) await host.call('kv.set', { key: `n-${i}`, value: 1 })
      return codeOf(await host.call('kv.set', { key: 'more', value: 1 })) === 'QUOTA_EXCEEDED'
        ? 'it is full'
        : undefined
    },
    async attack(t) {
      const host = await openAlmostFull(t)
      for (let i = 0; i <= ROOM; i++) await host.call('kv.set', { key: `n-${i}`, value: 1 })
      const neighbour = { installation: installed({ id: 'ins_2' }) }
      t.equal(codeOf(await host.call('kv.set', { key: 'more', value: 1 }, neighbour)), 'ok')
    },
  },
])

const ROOM = 5

/** Room for a few keys more. */
async function openAlmostFull(t: Test): Promise<TestHost> {
  const host = await openHostApi(t)
  const keys = Array.from({ length: MAX_KEYS - ROOM }, (_, i) => `full-${i}`)
  const drafts = keys.map((key) => ({
    ...{ _id: kvDocumentId('ins_1', key), installationId: 'ins_1', key, value: '1', revision: 1 },
    expiresAt: '9999-12-31T23:59:59.999Z',
  }))
  const of = host.store.forOrganization('org_a')
  await of(kvKeys).insertMany(drafts)
  await of(kvUsage).increment('ins_1', 'keys', drafts.length)
  return host
}

async function countKeys({ store }: TestHost): Promise<number> {
  const of = store.forOrganization('org_a')(kvKeys)
  return (await of.find({ where: { installationId: 'ins_1' }, limit: 1_000 })).data.length
}
