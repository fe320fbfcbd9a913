import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Identity } from '../../../marketplace/accounts/identity.ts'
import { domainChallenges, domainProofs } from '../../../marketplace/publishing/domain-collections.ts'
import { DOMAIN_LIMITS } from '../../../marketplace/publishing/domain-limits.ts'
import { publishers } from '../../../marketplace/publishing/publishing-collections.ts'
import { rounds, seededRandom } from '../../faults/seed.ts'
import { codeOf, got } from '../rig/open-marketplace.ts'
import { openPublishers } from '../rig/open-publishers.ts'
import { type DnsAnswer, startNameServer } from './start-name-server.ts'

const DAY_MS = 24 * 3_600_000
const DNS = { domain: 'acme.com', method: 'dns' } as const

/** `acme` of ada and `other` of eve, and a name server that they may write into. */
async function open(t: Parameters<typeof openPublishers>[0]) {
  const server = await startNameServer(t)
  const rig = await openPublishers(t, { nameServer: server.address, lookMs: 1000 })
  const [ada, eve] = [rig.person('ada'), rig.person('eve')]
  await rig.found(ada, 'acme')
  await rig.found(eve, 'other')
  const answer = (records: DnsAnswer, domain = 'acme.com') => server.answers.set(`_annex-challenge.${domain}`, records)
  const begin = async (who = ada, slug = 'acme', domain = 'acme.com') => {
    const challenge = got(await rig.domains.start(who, slug, { domain, method: 'dns' }))
    answer([[challenge.line]], domain)
    return challenge
  }
  const verify = async (who = ada, slug = 'acme', domain = 'acme.com') => {
    await begin(who, slug, domain)
    return got(await rig.domains.check(who, slug))
  }
  const markOf = async (slug: string) => got(await rig.publishers.get(slug)).verified?.domain
  const suspend = () =>
    rig.store
      .asSystem('an operator')(publishers)
      .patch('acme', { set: { state: 'suspended' } })
  return { ...rig, server, ada, eve, answer, begin, verify, markOf, suspend }
}

type Ground = Awaited<ReturnType<typeof open>>

async function all({ store }: Ground) {
  const system = store.asSystem('a test looks')
  const [proofs, rows] = [
    await system(domainProofs).find({ limit: 100 }),
    await system(publishers).find({ limit: 100 }),
  ]
  return { proofs: proofs.data, publishers: rows.data }
}

/** Each mark has its proof, and each proof its mark. */
async function unmatched(ground: Ground): Promise<string[]> {
  const { proofs, publishers: rows } = await all(ground)
  const marks = rows.flatMap(({ _id, verified }) => (verified ? [`${_id} ${verified.domain}`] : []))
  const proven = proofs.map(({ _id, publisher }) => `${publisher} ${_id}`)
  return [...marks.filter((one) => !proven.includes(one)), ...proven.filter((one) => !marks.includes(one))]
}

t.test('the owner of a domain proves it, and the publisher bears it', async (t) => {
  const { domains, publishers, ada, begin, answer, markOf, clock, acts } = await open(t)
  const challenge = await begin()
  t.match(challenge, { domain: 'acme.com', method: 'dns', place: '_annex-challenge.acme.com' })
  t.match(challenge.line, /^annex-verification=\w{43}$/)
  t.match(got(await domains.status(ada, 'acme')), { challenge, verified: undefined })
  answer('no-such-name')
  t.match(await domains.check(ada, 'acme'), {
    error: { code: 'DOMAIN_NOT_PROVEN', details: { place: challenge.place, line: challenge.line } },
  })
  t.equal(await markOf('acme'), undefined)
  answer('failure')
  t.equal(codeOf(await domains.check(ada, 'acme')), 'CONNECTION_FAILED')
  answer([['v=spf1'], [challenge.line]])
  const verified = { domain: 'acme.com', method: 'dns', at: clock.iso() }
  t.same(got(await domains.check(ada, 'acme')), { verified })
  t.match(got(await publishers.get('acme')), { verified })
  t.match(await publishers.listOwn(ada), [{ slug: 'acme', verified }])
  t.match(got(await domains.status(ada, 'acme')), {
    challenge: undefined,
    verified: { ...verified, line: challenge.line },
  })
  t.same(
    (await acts()).slice(2).map(({ action, target }) => `${action} ${target}`),
    ['publisher.domain.start acme', 'publisher.domain.verify acme'],
  )
})

t.test('only owners deal with domains, and strangers learn nothing', async (t) => {
  const { domains, join, ada, eve, person } = await open(t)
  await join(ada, 'acme', person('bob'), 'maintainer')
  for (const [who, code] of [
    [person('bob'), 'PUBLISHER_FORBIDDEN'],
    [{ ...ada, kind: 'key' as const }, 'PUBLISHER_FORBIDDEN'],
    [eve, 'PUBLISHER_UNKNOWN'],
  ] as const) {
    t.equal(codeOf(await domains.start(who, 'acme', DNS)), code)
    t.equal(codeOf(await domains.status(who, 'acme')), code)
    t.equal(codeOf(await domains.check(who, 'acme')), code)
    t.equal(codeOf(await domains.giveUp(who, 'acme')), code)
  }
  t.equal(codeOf(await domains.start(ada, 'acme', { domain: 'co.uk', method: 'dns' })), 'DOMAIN_INVALID')
  t.equal(codeOf(await domains.check(ada, 'acme')), 'CONFLICT', 'nothing was begun')
})

t.test('a line is worth nothing to another publisher, nor for another domain', async (t) => {
  const { domains, ada, eve, begin, answer, markOf } = await open(t)
  const { line } = await begin()
  await begin(eve, 'other')
  answer([[line]])
  t.equal(codeOf(await domains.check(eve, 'other')), 'DOMAIN_NOT_PROVEN')
  await begin(ada, 'acme', 'acme.net')
  answer([[line]], 'acme.net')
  t.equal(codeOf(await domains.check(ada, 'acme')), 'DOMAIN_NOT_PROVEN')
  t.same([await markOf('acme'), await markOf('other')], [undefined, undefined])
})

t.test('the same domain again keeps its line, another one gets another', async (t) => {
  const { domains, ada, begin } = await open(t)
  const first = await begin()
  const file = got(await domains.start(ada, 'acme', { domain: 'ACME.com', method: 'well-known' }))
  t.equal(file.line, first.line)
  t.equal(file.place, 'https://acme.com/.well-known/annex-verification.txt')
  t.not((await begin(ada, 'acme', 'acme.net')).line, first.line)
})

t.test('whoever proves a domain last has it', async (t) => {
  const ground = await open(t)
  const { domains, eve, ada, verify, begin, answer, markOf, acts, clock } = ground
  const first = await begin()
  t.match(await domains.check(ada, 'acme'), { ok: true })
  const second = await begin(eve, 'other')
  answer([[first.line], [second.line]])
  const verified = { domain: 'acme.com', method: 'dns', at: clock.iso() }
  t.same(got(await domains.check(eve, 'other')), { verified, takenFrom: 'acme' })
  t.same([await markOf('acme'), await markOf('other')], [undefined, 'acme.com'])
  t.match((await acts('publisher.domain.lost')).at(-1), {
    target: 'acme',
    details: { to: 'other', domain: 'acme.com' },
  })
  t.equal(codeOf(await domains.check(ada, 'acme')), 'CONFLICT', 'the line that is still there takes nothing back')
  t.match(got(await domains.status(ada, 'acme')), { verified: undefined })
  t.match(await verify(), { takenFrom: 'other' }, 'a new one does')
  t.same(await unmatched(ground), [])
})

t.test('a publisher bears one domain: the next one takes its place once it is proven', async (t) => {
  const ground = await open(t)
  const { domains, ada, verify, begin, markOf } = ground
  await verify()
  await begin(ada, 'acme', 'acme.net')
  t.equal(await markOf('acme'), 'acme.com')
  got(await domains.check(ada, 'acme'))
  t.equal(await markOf('acme'), 'acme.net')
  t.same(
    (await all(ground)).proofs.map(({ _id }) => _id),
    ['acme.net'],
  )
})

t.test('giving up ends what was begun and what is proven', async (t) => {
  const ground = await open(t)
  const { domains, ada, verify, begin, markOf, store } = ground
  await verify()
  await begin(ada, 'acme', 'acme.net')
  got(await domains.giveUp(ada, 'acme'))
  t.equal(await markOf('acme'), undefined)
  t.same((await all(ground)).proofs, [])
  t.same((await store.asSystem('a test looks')(domainChallenges).find({ limit: 9 })).data, [])
  t.ok((await domains.giveUp(ada, 'acme')).ok, 'again is no mistake')
})

t.test('a look counts only if nothing changed meanwhile', async (t) => {
  const ground = await open(t)
  const { domains, publishers, join, ada, person, begin, markOf, suspend } = ground
  const bob = person('bob')
  await join(ada, 'acme', bob, 'owner')

  await begin()
  t.equal(codeOf(await checkWhile(ground, ada, () => domains.giveUp(bob, 'acme'))), 'CONFLICT')
  await begin()
  const demote = () => publishers.changeRole(bob, 'acme', 'usr_ada', 'maintainer')
  t.equal(codeOf(await checkWhile(ground, ada, demote)), 'PUBLISHER_FORBIDDEN')
  t.equal(codeOf(await checkWhile(ground, bob, suspend)), 'PUBLISHER_FORBIDDEN')
  t.equal(codeOf(await domains.start(bob, 'acme', DNS)), 'PUBLISHER_FORBIDDEN', 'nor does it begin')
  t.equal(await markOf('acme'), undefined)
})

/** A check of `acme` whose answer comes only when `change` is done. */
async function checkWhile({ server, domains }: Ground, who: Identity, change: () => Promise<unknown>) {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.held = promise
  server.questions.length = 0
  const checked = domains.check(who, 'acme')
  while (server.questions.length === 0) await turn()
  await change()
  resolve()
  return checked
}

t.test('checks of a publisher are counted by the hour', async (t) => {
  const { domains, ada, eve, begin, answer, clock } = await open(t)
  await begin()
  answer('no-such-name')
  for (let i = 0; i < DOMAIN_LIMITS.checksPerHour; i++)
    t.equal(codeOf(await domains.check(ada, 'acme')), 'DOMAIN_NOT_PROVEN')
  t.match(await domains.check(ada, 'acme'), { error: { code: 'RATE_LIMIT_EXCEEDED', retryAfter: Number } })
  await begin(eve, 'other')
  t.ok((await domains.check(eve, 'other')).ok, 'each for itself')
  clock.move(3_600_000)
  await begin()
  t.ok((await domains.check(ada, 'acme')).ok)
})

t.test('a proven domain is looked at again', async (t) => {
  const ground = await open(t)
  const { domains, ada, verify, answer, begin, markOf, clock, server, acts } = ground
  await verify()
  const { line } = got(await domains.status(ada, 'acme')).verified ?? {}
  const pass = async (days: number, records: DnsAnswer) => {
    answer(records)
    server.questions.length = 0
    clock.move(days * DAY_MS)
    await domains.sweep()
    t.same(await unmatched(ground), [])
    return server.questions.length
  }
  const failingSince = async () => got(await domains.status(ada, 'acme')).verified?.failingSince

  t.equal(await pass(6, 'no-such-name'), 0, 'not before its time')
  t.equal(await pass(1, 'failure'), 1)
  t.equal(await failingSince(), undefined, 'no answer proves nothing')
  for (let day = 0; day < 40; day++) await pass(1, 'failure')
  t.equal(await markOf('acme'), 'acme.com', 'for however long')

  await pass(1, 'no-such-name')
  t.equal(await failingSince(), clock.iso())
  await pass(7, [[line ?? '']])
  t.equal(await failingSince(), undefined, 'it is back')

  await pass(7, 'no-such-name')
  const since = await failingSince()
  for (let week = 0; week < 4; week++) await pass(7, [['something else']])
  t.same([await failingSince(), await markOf('acme')], [since, 'acme.com'], '28 days')
  t.equal(codeOf(await domains.check(ada, 'acme')), 'DOMAIN_NOT_PROVEN')
  await pass(1, 'no-such-name')
  t.equal(await markOf('acme'), 'acme.com', '29 days')
  await pass(1, 'no-such-name')
  t.equal(await markOf('acme'), undefined, '30 days')
  t.match((await acts('publisher.domain.lost')).at(-1), { actor: 'system:domains', target: 'acme' })
  await begin()
  t.ok((await domains.check(ada, 'acme')).ok, 'it may be proven anew')
})

t.test('an owner who mended the record need not wait for the next look', async (t) => {
  const { domains, ada, verify, answer, clock } = await open(t)
  await verify()
  const { at, line = '' } = got(await domains.status(ada, 'acme')).verified ?? {}
  answer('no-data')
  clock.move(7 * DAY_MS)
  await domains.sweep()
  t.match(got(await domains.status(ada, 'acme')).verified, { failingSince: clock.iso(), lostAt: String })
  answer([[line]])
  t.match(got(await domains.check(ada, 'acme')), { verified: { domain: 'acme.com', at } })
  t.equal(got(await domains.status(ada, 'acme')).verified?.failingSince, undefined)
})

t.test('two publishers prove one domain at once, and one has it', async (t) => {
  const ground = await open(t)
  const { domains, ada, eve, begin, answer } = ground
  const lines = [(await begin()).line, (await begin(eve, 'other')).line]
  answer(lines.map((line) => [line]))
  const outcomes = await Promise.all([domains.check(ada, 'acme'), domains.check(eve, 'other')])
  t.same(
    outcomes.map(({ ok }) => ok),
    [true, true],
  )
  t.equal(outcomes.filter((outcome) => outcome.ok && outcome.value.takenFrom !== undefined).length, 1)
  t.equal((await all(ground)).proofs.length, 1)
  t.same(await unmatched(ground), [])
})

t.test('whatever comes at once, marks and proofs agree', async (t) => {
  const random = seededRandom(t)
  for (let round = 0; round < rounds(2); round++) {
    const ground = await open(t)
    const { domains, ada, eve, answer, clock } = ground
    const lines: Record<string, string[]> = { 'acme.com': [], 'acme.net': [] }
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(
        Array.from({ length: random.between(2, 5) }, async () => {
          const [who, slug] = random.pick([[ada, 'acme'] as const, [eve, 'other'] as const])
          const domain = random.pick(['acme.com', 'acme.net'])
          const act = random.pick(['start', 'start', 'check', 'check', 'giveUp', 'sweep'] as const)
          if (act === 'sweep') return domains.sweep()
          if (act !== 'start') return domains[act](who, slug)
          const begun = got(await domains.start(who, slug, { domain, method: 'dns' }))
          lines[domain] = [...(lines[domain] ?? []), begun.line].slice(-random.between(1, 4))
        }),
      )
      for (const [domain, published] of Object.entries(lines))
        answer(
          published.map((line) => [line]),
          domain,
        )
      clock.move(random.pick([1, 3_600_000, 8 * DAY_MS, 40 * DAY_MS]))
      t.same(await unmatched(ground), [])
    }
  }
})
