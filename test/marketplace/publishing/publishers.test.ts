import t from 'tap'
import type { PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { codeOf, got, openMarketplace } from '../rig/open-marketplace.ts'

const unused = { checker: {} as PackageChecker }

t.test('the creator owns the publisher', async (t) => {
  const { publishing, person } = await openMarketplace(t, unused)
  const ada = person('ada')
  t.match(got(await publishing.publishers.create(ada, { slug: 'acme', displayName: 'Acme' })), {
    slug: 'acme',
    displayName: 'Acme',
    state: 'active',
  })
  t.match(await publishing.publishers.listOwn(ada), [{ slug: 'acme', role: 'owner' }])
  t.match(got(await publishing.publishers.members(ada, 'acme')), [{ userId: 'usr_ada', role: 'owner' }])
})

t.test('a name, or one that looks like it, is taken once', async (t) => {
  const { publishing, person } = await openMarketplace(t, unused)
  const outcomes = await Promise.all(
    ['acme', 'acme', 'ac-me', 'acrne'].map((slug, i) => publishing.publishers.create(person(`p${i}`), { slug })),
  )
  t.equal(outcomes.filter(({ ok }) => ok).length, 1)
  t.same(
    outcomes.filter(({ ok }) => !ok).map((outcome) => codeOf(outcome)),
    ['PUBLISHER_TAKEN', 'PUBLISHER_TAKEN', 'PUBLISHER_TAKEN'],
  )
})

t.test('refuses malformed and reserved names, and keys', async (t) => {
  const { publishing, person } = await openMarketplace(t, unused)
  const ada = person('ada')
  for (const slug of ['Acme', 'a', 'annex', 'adrnin'])
    t.equal(codeOf(await publishing.publishers.create(ada, { slug })), 'PUBLISHER_NAME_INVALID', slug)
  t.equal(codeOf(await publishing.publishers.create({ ...ada, kind: 'key' }, { slug: 'acme' })), 'SESSION_REQUIRED')
})

t.test('only owners change members, and strangers learn nothing', async (t) => {
  const { publishing, person } = await openMarketplace(t, unused)
  const { publishers } = publishing
  const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')]
  got(await publishers.create(ada, { slug: 'acme' }))
  got(await publishers.setMember(ada, 'acme', 'usr_bob', 'maintainer'))
  t.equal(codeOf(await publishers.setMember(bob, 'acme', 'usr_eve', 'owner')), 'PUBLISHER_FORBIDDEN')
  t.equal(codeOf(await publishers.setMember(eve, 'acme', 'usr_eve', 'owner')), 'PUBLISHER_UNKNOWN')
  t.equal(codeOf(await publishers.members(eve, 'acme')), 'PUBLISHER_UNKNOWN')
  t.equal(codeOf(await publishers.removeMember(bob, 'acme', 'usr_ada')), 'PUBLISHER_FORBIDDEN')
  t.equal(codeOf(await publishers.setMember(ada, 'acme', 'usr_nobody', 'owner')), 'NOT_FOUND')
  t.ok((await publishers.removeMember(bob, 'acme', 'usr_bob')).ok, 'members may leave')
})

t.test('the last owner stays, also when two leave at once', async (t) => {
  const { publishing, person } = await openMarketplace(t, unused)
  const { publishers } = publishing
  const [ada, bob] = [person('ada'), person('bob')]
  got(await publishers.create(ada, { slug: 'acme' }))
  t.equal(codeOf(await publishers.removeMember(ada, 'acme', 'usr_ada')), 'LAST_OWNER')
  t.equal(codeOf(await publishers.setMember(ada, 'acme', 'usr_ada', 'maintainer')), 'LAST_OWNER')
  t.equal(await publishers.roleOf('usr_ada', 'acme'), 'owner', 'the refused change left nothing')
  got(await publishers.setMember(ada, 'acme', 'usr_bob', 'owner'))
  const left = await Promise.all([
    publishers.removeMember(ada, 'acme', 'usr_ada'),
    publishers.removeMember(bob, 'acme', 'usr_bob'),
  ])
  t.equal(left.filter(({ ok }) => ok).length, 1)
})
