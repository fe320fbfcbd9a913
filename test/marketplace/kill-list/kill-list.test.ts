import { createHash } from 'node:crypto'
import { canonicalJson } from '@annex/sdk/canonical-json'
import t from 'tap'
import type { KillTarget } from '../../../marketplace/kill-list/kill-entry.ts'
import { killEntries } from '../../../marketplace/kill-list/kill-list-collections.ts'
import { extensions, publishers, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { ed25519 } from '../../../marketplace/publishing/signing/ed25519.ts'
import type { Draft } from '../../../runtime/storage/port.ts'
import { got } from '../rig/open-marketplace.ts'
import { codeOf, type KillRig, openKillList } from './open-kill-list.ts'

const BY = 'user:usr_mod'

async function knowErp({ handle, clock }: KillRig): Promise<void> {
  const at = clock.iso()
  const row = { displayName: 'Acme', state: 'active', createdBy: 'usr_a', createdAt: at, changes: 0 } as const
  await handle(publishers).insert({ _id: 'acme', ...row })
  const facts = { publisher: 'acme', name: 'erp', status: 'listed', tags: {}, createdAt: at, updatedAt: at } as const
  await handle(extensions).insert({ _id: '@acme/erp', ...facts })
  // What else a version has is nothing that the list looks at.
  const version = { _id: '@acme/erp@1.0.0', extension: '@acme/erp', version: '1.0.0', sortKey: '1', state: 'published' }
  await handle(versions).insert(version as Draft<NonNullable<typeof versions.document>>)
}

t.test('what is on the list', async (t) => {
  const rig = await openKillList(t)
  await knowErp(rig)
  const { list, gate } = rig
  const kinds: [KillTarget, Record<string, boolean>][] = [
    [
      { kind: 'version', extension: '@acme/erp', version: '1.0.0' },
      { '1.0.0': true, '2.0.0': false },
    ],
    [
      { kind: 'digest', digest: codeOf('2.0.0').digest },
      { '1.0.0': false, '2.0.0': true },
    ],
    [
      { kind: 'extension', extension: '@acme/erp' },
      { '1.0.0': true, '2.0.0': true },
    ],
    [
      { kind: 'publisher', publisher: 'acme' },
      { '1.0.0': true, '2.0.0': true, '@acme/other': true, '@acm/e': false },
    ],
  ]
  for (const [target, expected] of kinds) {
    const { seq, live } = got(await list.add(BY, { target, action: 'block', reason: 'steals keys' }))
    t.equal(live, true)
    for (const [name, killed] of Object.entries(expected)) {
      const code = name.startsWith('@') ? codeOf('1.0.0', name) : codeOf(name)
      if (name.startsWith('@')) code.digest = 'f'.repeat(64)
      const refusal = gate.refusal(code)
      t.equal(refusal?.code === 'EXTENSION_KILLED', killed, `${target.kind}: ${name}`)
      if (killed) t.match(refusal, { message: /steals keys/, retryable: false })
    }
    const lifted = got(await list.lift(BY, seq, 'a mistake'))
    t.match(lifted, { action: 'lift', lifts: seq, target })
    t.equal(gate.ended(codeOf('1.0.0')), undefined, 'an entry that was lifted holds no more')
    t.equal(gate.ended(codeOf('2.0.0')), undefined)
  }
  const { data } = await list.list({})
  t.same(
    data.map(({ seq }) => seq),
    [8, 7, 6, 5, 4, 3, 2, 1],
  )
  t.ok(data.every(({ by, live }) => by === BY && !live))
  t.same(
    (await rig.audit.list('system', { action: 'kill-list.append', limit: 200 })).data.length,
    8,
    'each has its row in the trail',
  )
})

t.test('refuses what stops nothing', async (t) => {
  const { list, kill } = await openKillList(t)
  const wish = { action: 'block', reason: 'r' } as const
  const unknown: KillTarget[] = [
    { kind: 'extension', extension: '@acme/nothing' },
    { kind: 'version', extension: '@acme/nothing', version: '1.0.0' },
    { kind: 'publisher', publisher: 'nobody' },
  ]
  for (const target of unknown)
    t.match(await list.add(BY, { ...wish, target }), { ok: false, error: { code: 'NOT_FOUND' } }, target.kind)
  t.match(await list.lift(BY, 1, 'r'), { ok: false, error: { code: 'NOT_FOUND' } })
  await t.rejects(kill('1.0.0', 'x'.repeat(501)), /no entry/, 'what no node could read')
  const { seq } = got(await kill('1.0.0'))
  t.equal(got(await kill('1.0.0', 'other words')).seq, seq, 'the same once more is the same entry')
  const lift = got(await list.lift(BY, seq, 'r'))
  t.match(await list.lift(BY, seq, 'r'), { ok: false, error: { code: 'CONFLICT' } }, 'lifted already')
  t.match(await list.lift(BY, lift.seq, 'r'), { ok: false, error: { code: 'CONFLICT' } }, 'a lift')
  t.equal(got(await kill('1.0.0')).seq, 3, 'killed anew')
})

t.test('entries of many writers at once have numbers without gaps', async (t) => {
  const rig = await openKillList(t)
  const nodes = ['node-2', 'node-3', 'node-4'].map((name) => rig.node(name))
  const digest = (at: number) => at.toString(16).padStart(64, '0')
  const adding = nodes.flatMap(({ list }, index) =>
    [0, 1, 2, 3].map((at) => {
      const target: KillTarget = { kind: 'digest', digest: digest(index * 4 + at) }
      return list.add(BY, { target, action: 'block', reason: 'at once' })
    }),
  )
  const seqs = (await Promise.all(adding)).map((outcome) => got(outcome).seq)
  t.same(
    seqs.sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, at) => at + 1),
  )
  await rig.follower.catchUp()
  t.match(rig.follower.state(), { seq: 12, fresh: true })
})

t.test('a signed snapshot', async (t) => {
  const { list, kill, keys } = await openKillList(t)
  t.match(list.snapshot(0), { ok: false, error: { code: 'KILL_LIST_STALE' } }, 'none before it was read')
  for (const version of ['1.0.0', '2.0.0', '3.0.0']) await kill(version)
  const all = got(list.snapshot(0))
  const [key] = await keys.published()

  t.test('is proven by what it says of itself and a public key', (t) => {
    const { kid, statement, value } = all.signature
    t.equal(kid, key?.kid)
    t.ok(ed25519.verify(key?.x ?? '', statement, value))
    const digest = all.entries.reduce(
      (before, entry) =>
        createHash('sha256')
          .update(`${before}\n${canonicalJson(entry)}`)
          .digest('hex'),
      '0'.repeat(64),
    )
    t.match(JSON.parse(statement), { context: 'annex kill list 1', seq: 3, digest, kid })
    t.end()
  })

  t.test('goes on where its reader stands, and tells nobody by whom', (t) => {
    const rest = got(list.snapshot(2))
    t.same(
      rest.entries.map(({ seq }) => seq),
      [3],
    )
    t.equal(rest.more, false)
    t.not(rest.tag, all.tag)
    t.notMatch(JSON.stringify(rest), BY)
    t.same(got(list.snapshot(99)).entries, [])
    t.end()
  })
})

t.test('rows follow the list', async (t) => {
  const rig = await openKillList(t)
  const { list, jobs, installed, done, handle } = rig
  installed.push({ id: 'ins_1', ...codeOf('1.0.0') }, { id: 'ins_2', ...codeOf('2.0.0') })
  installed.push({ id: 'ins_3', ...codeOf('1.0.0', '@acme/erp', 'org_b') })
  const target: KillTarget = { kind: 'digest', digest: codeOf('1.0.0').digest }
  const act = async (work: () => Promise<unknown>) => {
    done.length = 0
    await work()
    await jobs.runDue()
    return [...done]
  }
  const add = (action: 'block' | 'disable' | 'uninstall') => () => list.add(BY, { target, action, reason: 'bad' })
  t.same(await act(add('disable')), ['hold ins_1: bad', 'hold ins_3: bad'])
  t.same(await act(() => list.lift(BY, 1, 'good')), ['release ins_1', 'release ins_3'])
  t.same(await act(add('uninstall')), ['uninstall ins_1: bad', 'uninstall ins_3: bad'])
  await act(add('disable'))
  t.same(await act(() => list.lift(BY, 3, 'good')), ['hold ins_1: bad', 'hold ins_3: bad'], 'another entry still holds')
  t.equal((await handle(killEntries).find({ where: { key: `digest ${target.digest}` } })).data.length, 5)
  await act(() => list.lift(BY, 4, 'good'))
  const marked = ['release ins_1', 'mark ins_1: bad', 'release ins_3', 'mark ins_3: bad']
  t.same(await act(add('block')), marked, 'what is only blocked shows it')
})
