import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { auditHeads, auditKeys, auditLinks, auditPayloads } from '../../../runtime/audit/audit-documents.ts'
import type { AuditEntry } from '../../../runtime/audit/audit-entry.ts'
import { auditOn, openTestAudit, type TestAudit } from './open-test-audit.ts'

const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  organizationId: 'org_a',
  actor: 'user:usr_1',
  action: 'platform.create',
  target: 'chantiers/rec_1',
  outcome: 'allowed',
  ...more,
})

t.test('keeps what was written, newest first, with filters and pages', async (t) => {
  const { audit, clock } = await openTestAudit(t)
  for (let i = 0; i < 5; i++) {
    clock.move(1000)
    await audit.write(entry({ action: i % 2 ? 'a' : 'b', target: `t${i}`, details: { i, 'odd.key': { $x: 1 } } }))
  }
  const first = await audit.list('org_a', { limit: 2 })
  t.same(
    first.data.map((row) => row.target),
    ['t4', 't3'],
  )
  t.same(first.data[0]?.details, { i: 4, 'odd.key': { $x: 1 } })
  const second = await audit.list('org_a', { limit: 3, cursor: first.nextCursor ?? '' })
  t.same(
    second.data.map((row) => row.target),
    ['t2', 't1', 't0'],
  )
  t.equal(second.nextCursor, undefined)
  t.same(
    (await audit.list('org_a', { action: 'a' })).data.map((row) => row.target),
    ['t3', 't1'],
  )
  t.same((await audit.list('org_a', { actor: 'nobody' })).data, [])
  t.same((await audit.list('org_b')).data, [], 'another organization sees nothing')
})

t.test('chains rows without a gap when many write at once, on two nodes', async (t) => {
  const deps = await openTestAudit(t)
  const other = auditOn(deps, 'node-2')
  t.teardown(() => other.close())
  await Promise.all(
    Array.from({ length: 120 }, (_, i) => (i % 2 ? deps.audit : other).write(entry({ target: `${i}` }))),
  )
  t.match(await deps.audit.verify('org_a'), { ok: true, links: 120, erased: 0, problems: [] })
  const heads = await deps.store.forOrganization('org_a')(auditHeads).find({})
  t.same(heads.data.map((head) => [head.node, head.sequence]).sort(), [
    ['node-1', 60],
    ['node-2', 60],
  ])
})

t.test('an entry within a transaction shares its fate', async (t) => {
  const { store, audit } = await openTestAudit(t)
  await store.tx(async (tx) => {
    await audit.within(tx, entry({ target: 'kept' }))
    await audit.within(tx, entry({ target: 'kept too' }))
  })
  await t.rejects(
    store.tx(async (tx) => {
      await audit.within(tx, entry({ target: 'lost' }))
      throw new Error('no')
    }),
    { message: 'no' },
  )
  await audit.write(entry({ target: 'after' }))
  t.same((await audit.list('org_a')).data.map((row) => row.target).sort(), ['after', 'kept', 'kept too'])
  t.match(await audit.verify('org_a'), { ok: true, links: 3 })
})

t.test('transactions, writers and notes that run at once share one chain', async (t) => {
  const { store, audit } = await openTestAudit(t)
  await Promise.all(
    Array.from({ length: 15 }, async (_, i) => {
      audit.note(entry({ target: `note ${i}` }))
      await audit.write(entry({ target: `write ${i}` }))
      await store.tx((tx) => audit.within(tx, entry({ target: `within ${i}` })))
    }),
  )
  await audit.flush()
  t.match(await audit.verify('org_a'), { ok: true, links: 45 })
})

t.test('commits notes by itself, in one group, and on flush at once', async (t) => {
  const { store, audit } = await openTestAudit(t)
  for (let i = 0; i < 10; i++) audit.note(entry({ target: `n${i}` }))
  t.same((await audit.list('org_a')).data, [], 'not yet')
  await sleep(200)
  t.equal((await audit.list('org_a')).data.length, 10)
  const [head] = (await store.forOrganization('org_a')(auditHeads).find({})).data
  t.equal(head?.rev, 2, 'the head moved once')
  audit.note(entry())
  await audit.flush()
  t.equal((await audit.list('org_a')).data.length, 11)
})

t.test('a note made inside a transaction does not hang on it', async (t) => {
  const { store, audit } = await openTestAudit(t)
  await store.tx(async (tx) => {
    audit.note(entry({ target: 'noted' }))
    await tx.forOrganization('org_a')(auditKeys).get('org_a')
    // Longer than the window: the group's commit falls into the transaction's life.
    await sleep(100)
  })
  // Without `flush`, which would try again what was refused inside.
  await sleep(100)
  t.equal((await audit.list('org_a')).data[0]?.target, 'noted')
})

t.test('a failed commit rejects the writer and keeps the notes', async (t) => {
  const { store, clock, ids } = await openTestAudit(t)
  let down = true
  const flaky = {
    ...store,
    tx: (work: Parameters<typeof store.tx>[0]) => (down ? Promise.reject(new Error('down')) : store.tx(work)),
  }
  const audit = auditOn({ store: flaky as typeof store, clock, ids }, 'node-1')
  audit.note(entry({ target: 'noted' }))
  await t.rejects(audit.write(entry()), { message: 'down' })
  await t.rejects(audit.flush(), /could not be committed/)
  down = false
  await audit.close()
  t.same(
    (await audit.list('org_a')).data.map((row) => row.target),
    ['noted'],
  )
  t.throws(() => audit.note(entry()), /closed/)
})

t.test('cuts details that are too long, and marks them', async (t) => {
  const { audit } = await openTestAudit(t)
  await audit.write(entry({ details: { text: '"é'.repeat(20_000) } }))
  const [row] = (await audit.list('org_a')).data
  t.equal(row?.details?.truncated, true)
  t.ok(Buffer.byteLength(JSON.stringify(row?.details)) <= 16 * 1024)
  t.match(row?.details?.start, /^\{"text":/)
  t.ok((await audit.verify('org_a')).ok)
})

t.test('verification finds what was tampered with', async (t) => {
  const tampering: [
    string,
    (deps: Awaited<ReturnType<typeof openTestAudit>>, ids: string[]) => Promise<unknown>,
    string[],
  ][] = [
    ['nothing', async () => undefined, []],
    [
      'a changed payload',
      ({ store }, [, id = '']) =>
        store
          .forOrganization('org_a')(auditPayloads)
          .patch(id, { set: { actor: 'user:other' } }),
      ['payload'],
    ],
    [
      'a deleted payload',
      ({ store }, [, id = '']) => store.forOrganization('org_a')(auditPayloads).delete(id),
      ['payload'],
    ],
    [
      'a changed link',
      ({ store }, [, id = '']) =>
        store
          .forOrganization('org_a')(auditLinks)
          .patch(id, { set: { at: '2020-01-01T00:00:00.000Z' } }),
      ['hash'],
    ],
    [
      'a link rewritten with a fitting hash',
      async ({ store }, [, id = '']) => {
        const links = store.forOrganization('org_a')(auditLinks)
        await links.patch(id, { set: { hash: 'f'.repeat(64) } })
      },
      ['hash', 'previous'],
    ],
    [
      'a deleted link',
      ({ store }, [, id = '']) => store.forOrganization('org_a')(auditLinks).delete(id),
      ['gap', 'previous', 'unlinked'],
    ],
    [
      'a cut end',
      ({ store }, ids) =>
        store
          .forOrganization('org_a')(auditLinks)
          .delete(ids[3] ?? ''),
      ['head', 'unlinked'],
    ],
    [
      'an entry from nowhere',
      async ({ store }, [id = '']) => {
        const payload = await store.forOrganization('org_a')(auditPayloads).get(id)
        if (payload)
          await store
            .forOrganization('org_a')(auditPayloads)
            .insert({ ...payload, _id: 'aud_forged' })
      },
      ['unlinked'],
    ],
    [
      'another key',
      ({ store }) =>
        store
          .forOrganization('org_a')(auditKeys)
          .patch('org_a', { set: { key: 'AAAA' } }),
      ['payload', 'payload', 'payload', 'payload'],
    ],
    [
      'a payload that an erasure would spare',
      ({ store }, [, id = '']) =>
        store
          .forOrganization('org_a')(auditPayloads)
          .patch(id, { set: { keyId: 'akey_other' } }),
      ['payload'],
    ],
    ['a deleted head', ({ store }) => store.forOrganization('org_a')(auditHeads).delete('org_a/node-1'), ['head']],
    [
      'a deleted head and a payload changed behind it',
      async ({ store }, [, id = '']) => {
        const of = store.forOrganization('org_a')
        await of(auditHeads).delete('org_a/node-1')
        await of(auditPayloads).patch(id, { set: { actor: 'user:other' } })
      },
      ['head', 'payload'],
    ],
    [
      'a head that names another node',
      ({ store }) =>
        store
          .forOrganization('org_a')(auditHeads)
          .patch('org_a/node-1', { set: { node: 'node-0' } }),
      ['head', 'head'],
    ],
  ]
  for (const [title, tamper, problems] of tampering) {
    await t.test(title, async (t) => {
      const deps = await openTestAudit(t)
      for (let i = 0; i < 4; i++) await deps.audit.write(entry({ target: `${i}` }))
      const links = await deps.store
        .forOrganization('org_a')(auditLinks)
        .find({ where: { node: 'node-1' }, sort: [['sequence', 'asc']] })
      await tamper(
        deps,
        links.data.map((link) => link._id),
      )
      const found = await deps.audit.verify('org_a')
      t.same(found.problems.map((problem) => problem.problem).sort(), [...problems].sort())
      t.equal(found.ok, problems.length === 0)
    })
  }
})

t.test('an erased organization tells nothing, and its chain still verifies', async (t) => {
  const { store, audit } = await openTestAudit(t)
  for (let i = 0; i < 3; i++) await audit.write(entry({ target: `secret-${i}` }))
  await audit.write(entry({ organizationId: 'org_b' }))
  await audit.erase('org_a', 'user:usr_op')
  t.same((await audit.list('org_a')).data, [])
  t.equal(await store.forOrganization('org_a')(auditKeys).get('org_a'), undefined)
  t.match(await audit.verify('org_a'), { ok: true, links: 3, erased: 3 })
  const links = await store
    .forOrganization('org_a')(auditLinks)
    .find({ where: { node: 'node-1' }, sort: [['sequence', 'asc']] })
  t.notMatch(JSON.stringify(links.data), /secret|usr_1|platform/)
  t.match((await audit.list('system')).data, [{ action: 'audit.erase', target: 'org_a', actor: 'user:usr_op' }])
  t.match(await audit.verify('org_b'), { ok: true, links: 1, erased: 0 })
  await audit.write(entry({ target: 'a new life' }))
  t.match(await audit.verify('org_a'), { ok: true, links: 4, erased: 3 })
})

t.test('a deleted head hides no chain beside one that is whole', async (t) => {
  const deps = await openTestAudit(t)
  const other = auditOn(deps, 'node-2')
  t.teardown(() => other.close())
  for (const audit of [deps.audit, other, other]) await audit.write(entry())
  await deps.store.forOrganization('org_a')(auditHeads).delete('org_a/node-2')
  t.same(await deps.audit.verify('org_a'), {
    ok: false,
    links: 3,
    erased: 0,
    problems: [{ node: 'node-2', sequence: 2, problem: 'head' }],
  })
})

/** The trail of another node, to which `then` happens right after its next transaction. */
function interrupted(deps: TestAudit, then: () => Promise<unknown>) {
  let next: (() => Promise<unknown>) | undefined = then
  const tx: typeof deps.store.tx = async (work) => {
    const result = await deps.store.tx(work)
    const now = next
    next = undefined
    await now?.()
    return result
  }
  return auditOn({ ...deps, store: { ...deps.store, tx } }, 'node-2')
}

t.test('an entry that is written in the middle of an erasure stays whole', async (t) => {
  const deps = await openTestAudit(t)
  for (let i = 0; i < 3; i++) await deps.audit.write(entry({ target: `old ${i}` }))
  const eraser = interrupted(deps, async () => {
    t.equal(await deps.store.forOrganization('org_a')(auditKeys).get('org_a'), undefined, 'control: the key is gone')
    t.equal((await deps.audit.list('org_a')).data.length, 3, 'control: the payloads are not')
    await deps.audit.write(entry({ target: 'meanwhile' }))
  })
  t.teardown(() => eraser.close())
  await eraser.erase('org_a', 'user:usr_op')
  t.same(
    (await deps.audit.list('org_a')).data.map((row) => row.target),
    ['meanwhile'],
  )
  t.match(await deps.audit.verify('org_a'), { ok: true, links: 4, erased: 3, problems: [] })
})

t.test('writers on two nodes during erasures leave nothing that does not verify', async (t) => {
  const deps = await openTestAudit(t)
  const other = auditOn(deps, 'node-2')
  t.teardown(() => other.close())
  const write = async (audit: typeof other) => {
    for (let i = 0; i < 30; i++) await audit.write(entry())
  }
  const erase = async () => {
    for (let i = 0; i < 4; i++) {
      await sleep(3)
      await deps.audit.erase('org_a', 'user:usr_op')
    }
  }
  await Promise.all([write(deps.audit), write(other), erase()])
  const found = await deps.audit.verify('org_a')
  t.match(found, { ok: true, links: 60, problems: [] })
  t.equal((await deps.audit.list('org_a', { limit: 200 })).data.length, 60 - found.erased)
})

t.test('an erasure that broke off is finished by the next one', async (t) => {
  const deps = await openTestAudit(t)
  await deps.audit.write(entry({ target: 'old' }))
  const eraser = interrupted(deps, () => Promise.reject(new Error('down')))
  t.teardown(() => eraser.close())
  await t.rejects(eraser.erase('org_a', 'user:usr_op'), { message: 'down' })
  await deps.audit.write(entry({ target: 'new' }))
  t.equal((await deps.audit.list('org_a')).data.length, 2, 'control: it did break off')
  await eraser.erase('org_a', 'user:usr_op')
  t.same((await deps.audit.list('org_a')).data, [])
  t.match(await deps.audit.verify('org_a'), { ok: true, links: 2, erased: 2 })
})
