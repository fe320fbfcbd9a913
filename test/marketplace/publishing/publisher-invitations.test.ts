import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { INVITATION_LIMITS } from '../../../marketplace/publishing/publisher-invitations.ts'
import { publisherInvitations } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Random } from '../../faults/random.ts'
import { rounds, seededRandom } from '../../faults/seed.ts'
import { codeOf, got } from '../rig/open-marketplace.ts'
import { openPublishers, type PublishersRig } from '../rig/open-publishers.ts'

async function acme(t: Parameters<typeof openPublishers>[0]) {
  const rig = await openPublishers(t)
  const ada = rig.person('ada')
  await rig.found(ada, 'acme')
  const invite = async (name: string, role: 'owner' | 'maintainer' = 'maintainer') =>
    got(await rig.invitations.create(ada, 'acme', { email: `${name}@example.com`, role }))
  return { ...rig, ada, bob: rig.person('bob'), invite }
}

async function stored(rig: PublishersRig) {
  return (await rig.store.asSystem('a test looks')(publisherInvitations).find({ limit: 1000 })).data
}

t.test('whoever is invited joins with the role that was offered, once', async (t) => {
  const { invitations, publishers, bob, invite, acts } = await acme(t)
  const { token, ...shown } = await invite('Bob')
  t.match(shown, { email: 'bob@example.com', role: 'maintainer', invitedBy: 'usr_ada' })
  t.same(got(await invitations.accept(bob, token)), { publisher: 'acme', role: 'maintainer' })
  t.equal(await publishers.roleOf('usr_bob', 'acme'), 'maintainer')
  t.equal(codeOf(await invitations.accept(bob, token)), 'INVITATION_INVALID', 'the token is used')
  t.match(
    (await acts()).map(({ action, actor, target }) => `${actor} ${action} ${target}`),
    [
      'user:usr_ada publisher.create acme',
      'user:usr_ada publisher.invite acme',
      'user:usr_bob publisher.invitation.accept acme',
    ],
  )
})

t.test('a token is for one person, and for nobody with a key', async (t) => {
  const { invitations, bob, person, ada, invite } = await acme(t)
  const { token } = await invite('bob')
  const byId = got(await invitations.create(ada, 'acme', { userId: 'usr_cat', role: 'owner' }))
  t.same([byId.userId, byId.email], ['usr_cat', undefined])
  for (const [who, secret] of [
    [person('eve'), token],
    [person('eve'), byId.token],
    [bob, byId.token],
    [{ ...bob, kind: 'key' as const }, token],
    [bob, `${token}x`],
  ] as const) {
    t.equal(codeOf(await invitations.accept(who, secret)), 'INVITATION_INVALID')
    t.equal(codeOf(await invitations.decline(who, secret)), 'INVITATION_INVALID')
  }
  t.ok((await invitations.accept(person('cat'), byId.token)).ok)
})

t.test('the store holds no token', async (t) => {
  const rig = await acme(t)
  const { token } = await rig.invite('bob')
  t.notMatch(JSON.stringify(await stored(rig)), token)
})

t.test('only owners invite, see and withdraw; strangers learn nothing', async (t) => {
  const { invitations, join, ada, bob, person, invite } = await acme(t)
  const { id } = await invite('cat')
  await join(ada, 'acme', bob, 'maintainer')
  for (const [who, code] of [
    [bob, 'PUBLISHER_FORBIDDEN'],
    [{ ...ada, kind: 'key' as const }, 'PUBLISHER_FORBIDDEN'],
    [person('eve'), 'PUBLISHER_UNKNOWN'],
  ] as const) {
    t.equal(codeOf(await invitations.create(who, 'acme', { email: 'x@example.com', role: 'maintainer' })), code)
    t.equal(codeOf(await invitations.list(who, 'acme')), code)
    t.equal(codeOf(await invitations.withdraw(who, 'acme', id)), code)
  }
  t.match(got(await invitations.list(ada, 'acme')), [{ id, email: 'cat@example.com' }])
  t.equal(codeOf(await invitations.withdraw(ada, 'acme', 'inv_none')), 'NOT_FOUND')
})

t.test('an owner of one publisher withdraws nothing of another', async (t) => {
  const { invitations, found, person, invite } = await acme(t)
  const eve = person('eve')
  await found(eve, 'evil')
  const { id } = await invite('bob')
  t.equal(codeOf(await invitations.withdraw(eve, 'evil', id)), 'NOT_FOUND')
})

t.test('asks for one address or one user', async (t) => {
  const { invitations, ada } = await acme(t)
  for (const draft of [{}, { email: 'a@b.example', userId: 'usr_a' }, { email: 'nobody' }])
    t.equal(codeOf(await invitations.create(ada, 'acme', { ...draft, role: 'owner' })), 'INVALID_ARGUMENT')
})

t.test('withdrawn, declined and expired ones are good for nothing', async (t) => {
  const rig = await acme(t)
  const { invitations, ada, bob, invite, clock } = rig
  const first = await invite('bob')
  got(await invitations.withdraw(ada, 'acme', first.id))
  t.equal(codeOf(await invitations.accept(bob, first.token)), 'INVITATION_INVALID')
  const second = await invite('bob')
  got(await invitations.decline(bob, second.token))
  t.equal(codeOf(await invitations.accept(bob, second.token)), 'INVITATION_INVALID')
  const third = await invite('bob')
  clock.move(INVITATION_LIMITS.lifetimeMs)
  t.equal(codeOf(await invitations.accept(bob, third.token)), 'INVITATION_INVALID')
  t.same(got(await invitations.list(ada, 'acme')), [])
  clock.move(1)
  await invitations.sweep()
  t.same(await stored(rig), [])
})

t.test('a second invitation of the same person takes the place of the first', async (t) => {
  const { invitations, ada, bob, invite } = await acme(t)
  const first = await invite('bob')
  const second = await invite('bob', 'owner')
  t.match(got(await invitations.list(ada, 'acme')), [{ id: second.id, role: 'owner' }])
  t.equal(codeOf(await invitations.accept(bob, first.token)), 'INVITATION_INVALID')
  t.match(got(await invitations.accept(bob, second.token)), { role: 'owner' })
})

t.test('a publisher has a limited number of them open, also when all come at once', async (t) => {
  const { invitations, ada, invite, clock } = await acme(t)
  for (let i = 2; i < INVITATION_LIMITS.open; i++) await invite(`p${i}`)
  const last = await Promise.all(
    ['x', 'y', 'z', 'v'].map((name) =>
      invitations.create(ada, 'acme', { email: `${name}@example.com`, role: 'maintainer' }),
    ),
  )
  t.same(last.filter(({ ok }) => !ok).map(codeOf), ['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'])
  t.equal(got(await invitations.list(ada, 'acme')).length, INVITATION_LIMITS.open)
  await invite('p2', 'owner')
  clock.move(INVITATION_LIMITS.lifetimeMs)
  await invite('later')
})

t.test('who is a member already stays what they are', async (t) => {
  const { invitations, publishers, ada, invite } = await acme(t)
  const { token } = await invite('ada')
  t.equal(codeOf(await invitations.accept(ada, token)), 'CONFLICT')
  t.equal(await publishers.roleOf('usr_ada', 'acme'), 'owner')
})

t.test('an owner who was put out does not come back through an invitation of their own', async (t) => {
  const { invitations, publishers, join, ada, bob, person } = await acme(t)
  await join(ada, 'acme', bob, 'owner')
  const { token } = got(await invitations.create(bob, 'acme', { email: 'shadow@example.com', role: 'owner' }))
  got(await publishers.removeMember(ada, 'acme', 'usr_bob'))
  t.equal(codeOf(await invitations.accept(person('shadow'), token)), 'INVITATION_INVALID')
})

t.test('of accepting and withdrawing at once, one happens', async (t) => {
  const { invitations, publishers, ada, bob, invite } = await acme(t)
  const { id, token } = await invite('bob')
  const [accepted, withdrawn] = await Promise.all([
    invitations.accept(bob, token),
    invitations.withdraw(ada, 'acme', id),
  ])
  t.not(accepted.ok, withdrawn.ok)
  t.equal((await publishers.roleOf('usr_bob', 'acme')) !== undefined, accepted.ok)
})

type Act = (rig: PublishersRig, random: Random, tokens: string[]) => Promise<unknown>

const NAMES = ['ada', 'bob', 'cat']
const ROLES = ['owner', 'maintainer'] as const

const invite: Act = async (rig, random, tokens) => {
  const draft = { email: `${random.pick(NAMES)}@example.com`, role: random.pick(ROLES) }
  const made = await rig.invitations.create(rig.person(random.pick(NAMES)), 'acme', draft)
  if (made.ok) tokens.push(made.value.token)
}

const withToken =
  (act: 'accept' | 'decline'): Act =>
  async (rig, random, tokens) =>
    tokens.length > 0 && rig.invitations[act](rig.person(random.pick(NAMES)), random.pick(tokens.slice(-4)))

const ACTS: readonly Act[] = [
  invite,
  invite,
  withToken('accept'),
  withToken('accept'),
  withToken('decline'),
  async (rig, random) => {
    const open = await stored(rig)
    if (open.length > 0) await rig.invitations.withdraw(rig.person(random.pick(NAMES)), 'acme', random.pick(open)._id)
  },
  async (rig, random) =>
    rig.publishers.removeMember(rig.person(random.pick(NAMES)), 'acme', `usr_${random.pick(NAMES)}`),
  async (rig, random) =>
    rig.publishers.changeRole(rig.person(random.pick(NAMES)), 'acme', `usr_${random.pick(NAMES)}`, random.pick(ROLES)),
  async (rig, random) => rig.clock.move(random.pick([1, 1000, INVITATION_LIMITS.lifetimeMs])),
  async (rig) => rig.invitations.sweep(),
]

t.test('whatever comes at once, an invitation ends once and an owner stays', async (t) => {
  const random = seededRandom(t)
  for (let round = 0; round < rounds(3); round++) {
    const rig = await openPublishers(t)
    await rig.found(rig.person('ada'), 'acme')
    const tokens: string[] = []
    for (let batch = 0; batch < 20; batch++) {
      await Promise.all(
        Array.from({ length: random.between(2, 6) }, async () => {
          const [act, after] = [random.pick(ACTS), random.between(0, 3)]
          for (let i = 0; i < after; i++) await turn()
          await act(rig, random, tokens)
        }),
      )
      const roles = await Promise.all(NAMES.map((name) => rig.publishers.roleOf(`usr_${name}`, 'acme')))
      t.ok(roles.includes('owner'), `owners: ${roles}`)
    }
    t.same(await endedTwice(rig), [])
  }
})

/** Invitations whose end is in the trail more than once, or that are open after it. */
async function endedTwice(rig: PublishersRig): Promise<string[]> {
  const ends = (await rig.acts())
    .filter(({ action }) => action.startsWith('publisher.invitation.'))
    .map(({ details }) => String(details?.invitation))
  const open = (await stored(rig)).map(({ _id }) => _id)
  return ends.filter((id, at) => ends.indexOf(id) !== at || open.includes(id))
}
