import t from 'tap'
import { chained, entryText } from '../../../marketplace/kill-list/kill-entry.ts'
import { entryId, HEAD_ID, killEntries, killHeads } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { KILL_LIST_LIMITS } from '../../../marketplace/kill-list/kill-list-limits.ts'
import { killStatement } from '../../../marketplace/kill-list/kill-statement.ts'
import { ed25519 } from '../../../marketplace/publishing/signing/ed25519.ts'
import { signingKeys } from '../../../marketplace/publishing/signing/signing-collections.ts'
import type { Handle, Store } from '../../../runtime/storage/port.ts'
import { got } from '../rig/open-marketplace.ts'
import { codeOf, type KillRig, openKillList } from './open-kill-list.ts'

const GOOD = codeOf('9.9.9')
const STALE = { code: 'KILL_LIST_STALE', retryable: true }

/** The store, whose documents cannot be read while it is cut off. */
function cutOff(store: Store): { store: Store; cut: boolean } {
  const line = {
    cut: false,
    store: {
      ...store,
      asSystem: (reason: string): Handle => {
        const handle = store.asSystem(reason)
        return (collection) => {
          const documents = handle(collection)
          const get = async (id: string) => {
            if (line.cut) throw new Error('the store does not answer')
            return documents.get(id)
          }
          return { ...documents, get }
        }
      },
    },
  }
  return line
}

t.test('a node that cannot read the list', async (t) => {
  const rig = await openKillList(t)
  const line = cutOff(rig.store)
  const { follower, gate } = rig.node('node-2', line.store)
  t.match(gate.refusal(GOOD), STALE, 'starts nothing before it was ever read')
  t.match(follower.state(), { fresh: false, seq: 0, ageMs: undefined })
  await follower.catchUp()
  t.equal(gate.refusal(GOOD), undefined)
  line.cut = true
  rig.clock.move(KILL_LIST_LIMITS.staleMs)
  await follower.catchUp()
  t.equal(gate.refusal(GOOD), undefined, 'starts what it likes for as long as its copy is young')
  t.match(follower.state(), { fresh: true, problem: 'the store does not answer' })
  rig.clock.move(1)
  t.match(gate.refusal(GOOD), STALE, 'and then nothing new')
  t.equal(gate.ended(GOOD), undefined, 'what runs goes on')
  line.cut = false
  await follower.catchUp()
  t.equal(gate.refusal(GOOD), undefined, 'until it can read again')
  t.match(follower.state(), { fresh: true, problem: undefined })
})

t.test('polls by itself, and hears at once what its own process writes', async (t) => {
  const rig = await openKillList(t)
  const [own, other] = [rig, rig.node('node-2')]
  await other.list.start()
  let told = 0
  other.gate.onChange(() => told++)
  got(await own.kill('1.0.0'))
  t.match(own.gate.ended(codeOf('1.0.0')), { code: 'EXTENSION_KILLED' }, 'known before the answer')
  while (!other.gate.ended(codeOf('1.0.0'))) await new Promise((resolve) => setTimeout(resolve, 10))
  t.equal(told, 1)
})

t.test('refuses a list that', async (t) => {
  const forged = {
    seq: 3,
    target: { kind: 'digest', digest: GOOD.digest },
    reason: 'r',
    at: '2026-01-01T00:00:00.000Z',
  }
  const text = entryText({ ...forged, action: 'block' } as Parameters<typeof entryText>[0])
  const third = { _id: entryId(3), seq: 3, key: `digest ${GOOD.digest}`, text, by: 'user:x' }
  const head = async ({ handle }: KillRig) => {
    const found = await handle(killHeads).get(HEAD_ID)
    if (!found) throw new Error('there is no head')
    return found
  }
  const stranger = ed25519.newPair()

  /** What somebody who can write into the database does, and what a node says that has read two entries before. */
  const attacks: Record<
    string,
    { act(rig: KillRig, before: Awaited<ReturnType<typeof head>>): Promise<unknown>; says: RegExp }
  > = {
    'is an older one': {
      act: async ({ handle }, before) => {
        await handle(killHeads).put({ ...before })
        await handle(killEntries).delete(entryId(2))
      },
      says: /ends at 1, where it had 2/,
    },
    'is gone': { act: ({ handle }) => handle(killHeads).delete(HEAD_ID), says: /no kill list/ },
    'lacks an entry': {
      act: async (rig) => {
        await rig.kill('3.0.0')
        await rig.kill('4.0.0')
        await rig.handle(killEntries).delete(entryId(3))
      },
      says: /entry 3 is missing/,
    },
    'lacks its last entry': {
      act: async (rig) => {
        await rig.kill('3.0.0')
        await rig.handle(killEntries).delete(entryId(3))
      },
      says: /entry 3 is missing/,
    },
    'has a changed entry': {
      act: async (rig) => {
        await rig.kill('3.0.0')
        await rig.handle(killEntries).patch(entryId(3), { set: { text } })
      },
      says: /not those that were signed/,
    },
    'has an entry that is none': {
      act: async (rig) => {
        await rig.kill('3.0.0')
        await rig.handle(killEntries).patch(entryId(3), { set: { text: '{"seq":3}' } })
      },
      says: /entry 3 is missing or none/,
    },
    'says another sequence than was signed': {
      act: async ({ handle }) => {
        await handle(killEntries).insert(third)
        await handle(killHeads).patch(HEAD_ID, { set: { seq: 3 } })
      },
      says: /of another list/,
    },
    'is signed by a stranger': {
      act: async (rig) => {
        const { handle } = rig
        const { digest: known, kid } = await head(rig)
        await handle(killEntries).insert(third)
        const digest = chained(known, text)
        const statement = killStatement({ seq: 3, digest, kid, signedAt: rig.clock.iso() })
        const set = { seq: 3, digest, statement, value: ed25519.sign(stranger, statement) }
        await handle(killHeads).patch(HEAD_ID, { set })
      },
      says: /signature does not hold/,
    },
    'is signed by a key of a stranger': {
      act: async (rig) => {
        const { handle } = rig
        const { digest: known } = await head(rig)
        await handle(killEntries).insert(third)
        const at = rig.clock.iso()
        await handle(signingKeys).insert({
          _id: 'sgk_x',
          state: 'retired',
          x: stranger.x,
          signatures: 1,
          createdAt: at,
        })
        const digest = chained(known, text)
        const statement = killStatement({ seq: 3, digest, kid: 'sgk_x', signedAt: at })
        const set = { seq: 3, digest, kid: 'sgk_x', statement, value: ed25519.sign(stranger, statement) }
        await handle(killHeads).patch(HEAD_ID, { set })
      },
      says: /not one of the marketplace/,
    },
  }
  for (const [name, { act, says }] of Object.entries(attacks)) {
    t.test(name, async (t) => {
      const rig = await openKillList(t)
      const node = rig.node('node-2')
      await rig.kill('1.0.0')
      const before = await head(rig)
      await rig.kill('2.0.0')
      await node.follower.catchUp()
      await act(rig, before)
      await node.follower.catchUp()
      t.match(node.follower.state(), { seq: 2, problem: says })
      t.ok(node.gate.ended(codeOf('1.0.0')) && node.gate.ended(codeOf('2.0.0')), 'what it knew holds')
      t.equal(node.gate.ended(GOOD), undefined)
      rig.clock.move(KILL_LIST_LIMITS.staleMs + 1)
      t.match(node.gate.refusal(GOOD), STALE)
    })
  }

  t.test('(control) is honest: no, that one is read', async (t) => {
    const rig = await openKillList(t)
    const node = rig.node('node-2')
    await rig.kill('1.0.0')
    await node.follower.catchUp()
    await rig.kill('9.9.9')
    await node.follower.catchUp()
    t.match(node.follower.state(), { seq: 2, problem: undefined })
    t.match(node.gate.ended(GOOD), { code: 'EXTENSION_KILLED' })
  })
})

t.test('a list whose key was revoked', async (t) => {
  async function revoked(t: Parameters<typeof openKillList>[0]) {
    const rig = await openKillList(t)
    await rig.kill('1.0.0')
    const [key] = await rig.keys.published()
    got(await rig.keys.revoke('user:usr_op', key?.kid ?? '', 'it leaked'))
    return { rig, kid: key?.kid }
  }

  t.test('is signed anew by the first node that sees it', async (t) => {
    const { rig, kid } = await revoked(t)
    const node = rig.node('node-2')
    await node.list.start()
    while (!node.follower.state().fresh) await node.follower.catchUp()
    t.match(node.gate.ended(codeOf('1.0.0')), { code: 'EXTENSION_KILLED' })
    t.not(got(node.list.snapshot(0)).signature.kid, kid)
    got(await rig.kill('2.0.0'))
    t.equal(rig.follower.state().problem, undefined)
  })

  t.test('is not, when the service did not write it', async (t) => {
    const { rig } = await revoked(t)
    await rig.handle(killHeads).patch(HEAD_ID, { set: { seq: 0, digest: '0'.repeat(64) } })
    const node = rig.node('node-2')
    await node.list.start()
    t.match(node.follower.state(), { fresh: false, problem: 'the kill list was not sealed by this service' })
  })
})
