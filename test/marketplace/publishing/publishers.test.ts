import t from 'tap'
import { codeOf, got } from '../rig/open-marketplace.ts'
import { openPublishers } from '../rig/open-publishers.ts'

t.test('the creator owns the publisher', async (t) => {
  const { publishers, person } = await openPublishers(t)
  const ada = person('ada')
  t.match(got(await publishers.create(ada, { slug: 'acme', displayName: 'Acme' })), {
    slug: 'acme',
    displayName: 'Acme',
    state: 'active',
  })
  t.match(await publishers.listOwn(ada), [{ slug: 'acme', role: 'owner' }])
  t.match(got(await publishers.members(ada, 'acme')), [{ userId: 'usr_ada', role: 'owner' }])
})

t.test('a name, or one that looks like it, is taken once', async (t) => {
  const { publishers, person } = await openPublishers(t)
  for (const family of [
    ['acme', 'acme', 'ac-me', 'acrne'],
    ['billwave', 'bi11wave', 'blllvvave', 'b-ill-wave'],
    ['zoo', 'z0o', 'zo0', 'z-0-0'],
  ]) {
    const outcomes = await Promise.all(family.map((slug, i) => publishers.create(person(`p${i}`), { slug })))
    t.equal(outcomes.filter(({ ok }) => ok).length, 1, String(family))
    t.same(
      outcomes.filter(({ ok }) => !ok).map((outcome) => codeOf(outcome)),
      ['PUBLISHER_TAKEN', 'PUBLISHER_TAKEN', 'PUBLISHER_TAKEN'],
    )
  }
})

t.test('refuses malformed and reserved names, and keys', async (t) => {
  const { publishers, person } = await openPublishers(t)
  const ada = person('ada')
  for (const slug of ['Acme', 'a', 'annex', 'adrnin', 'adm1n'])
    t.equal(codeOf(await publishers.create(ada, { slug })), 'PUBLISHER_NAME_INVALID', slug)
  t.equal(codeOf(await publishers.create({ ...ada, kind: 'key' }, { slug: 'acme' })), 'SESSION_REQUIRED')
})

t.test('only owners change members, and strangers learn nothing', async (t) => {
  const { publishers, person, found, join } = await openPublishers(t)
  const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')]
  await found(ada, 'acme')
  await join(ada, 'acme', bob, 'maintainer')
  t.equal(codeOf(await publishers.changeRole(bob, 'acme', 'usr_bob', 'owner')), 'PUBLISHER_FORBIDDEN')
  t.equal(
    codeOf(await publishers.changeRole({ ...ada, kind: 'key' }, 'acme', 'usr_bob', 'owner')),
    'PUBLISHER_FORBIDDEN',
  )
  t.equal(codeOf(await publishers.changeRole(eve, 'acme', 'usr_eve', 'owner')), 'PUBLISHER_UNKNOWN')
  t.equal(codeOf(await publishers.members(eve, 'acme')), 'PUBLISHER_UNKNOWN')
  t.equal(codeOf(await publishers.removeMember(bob, 'acme', 'usr_ada')), 'PUBLISHER_FORBIDDEN')
  t.match(got(await publishers.changeRole(ada, 'acme', 'usr_bob', 'owner')), { userId: 'usr_bob', role: 'owner' })
  t.equal(await publishers.roleOf('usr_bob', 'acme'), 'owner')
  t.ok((await publishers.removeMember(bob, 'acme', 'usr_bob')).ok, 'members may leave')
})

t.test('nobody is made a member without their yes', async (t) => {
  const { publishers, person, found } = await openPublishers(t)
  const ada = person('ada')
  await found(ada, 'acme')
  t.equal(codeOf(await publishers.changeRole(ada, 'acme', 'usr_bob', 'maintainer')), 'NOT_FOUND')
  t.equal(await publishers.roleOf('usr_bob', 'acme'), undefined)
})

t.test('the last owner stays, also when two leave at once', async (t) => {
  const { publishers, person, found, join } = await openPublishers(t)
  const [ada, bob] = [person('ada'), person('bob')]
  await found(ada, 'acme')
  t.equal(codeOf(await publishers.removeMember(ada, 'acme', 'usr_ada')), 'LAST_OWNER')
  t.equal(codeOf(await publishers.changeRole(ada, 'acme', 'usr_ada', 'maintainer')), 'LAST_OWNER')
  t.equal(await publishers.roleOf('usr_ada', 'acme'), 'owner', 'the refused change left nothing')
  await join(ada, 'acme', bob, 'owner')
  const left = await Promise.all([
    publishers.removeMember(ada, 'acme', 'usr_ada'),
    publishers.changeRole(bob, 'acme', 'usr_bob', 'maintainer'),
  ])
  t.equal(left.filter(({ ok }) => ok).length, 1)
})
