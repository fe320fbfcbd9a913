import t from 'tap'
import { createInstallRequests } from '../../../marketplace/installations/install-requests.ts'
import type { Caller } from '../../../marketplace/installations/read-installation.ts'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { codeOf, got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const WISH = { extension: NAME, message: 'For the new sites' }

function person(organizationId: string, role: 'admin' | 'member', userId = `usr_${role}`) {
  const principal: Caller = caller(organizationId, role)
  if (principal.kind !== 'user') throw new Error('a person')
  return { ...principal, userId }
}

t.test('members ask, admins decide', async (t) => {
  const rig = await openInstallations(t, { checker: await openChecker(t), sandbox: await openSandbox(t) })
  const requests = createInstallRequests(rig)
  const [member, admin] = [person('org_a', 'member'), person('org_a', 'admin')]

  t.equal(codeOf(await requests.create(member, WISH)), 'NOT_FOUND', 'only for what is in the catalog')
  await rig.publish(extensionOf('1.0.0'))
  const asked = got(await requests.create(member, WISH))
  t.match(asked, { state: 'open', extension: NAME, by: 'usr_member', message: 'For the new sites' })
  t.equal(got(await requests.create(member, WISH)).id, asked.id, 'asking twice is once')

  t.match((await requests.list(admin, { state: 'open' })).data, [{ id: asked.id }])
  t.same((await requests.list(person('org_a', 'member', 'usr_other'), {})).data, [], 'members see their own')
  t.same((await requests.list(person('org_b', 'admin'), {})).data, [])
  t.equal(codeOf(await requests.approve(member, asked.id, {})), 'PERMISSION_DENIED')
  t.equal(codeOf(await requests.decline(person('org_a', 'member', 'usr_other'), asked.id, 'no')), 'NOT_FOUND')
  t.equal(codeOf(await requests.approve(person('org_b', 'admin'), asked.id, {})), 'NOT_FOUND')

  const { grant } = sheetOf(await requests.approve(admin, asked.id, {}))
  t.match((await requests.list(member, {})).data, [{ state: 'open' }], 'a refused installation decides nothing')
  const approved = got(await requests.approve(admin, asked.id, { grant }))
  t.match(approved, {
    installation: { state: 'active', version: '1.0.0' },
    request: { state: 'approved', decision: { by: 'usr_admin', installationId: approved.installation.id } },
  })
  t.equal(codeOf(await requests.decline(admin, asked.id, 'too late')), 'CONFLICT')

  const again = got(await requests.create(member, WISH))
  t.not(again.id, asked.id, 'a decided one is no obstacle')
  t.match(got(await requests.decline(admin, again.id, 'It is there already')), {
    state: 'declined',
    decision: { by: 'usr_admin', reason: 'It is there already' },
  })
  const events = await rig.store
    .asSystem('a test looks')(outboxEvents)
    .find({ where: { partition: 'org_a' } })
  const told = events.data.filter(({ type }) => type.startsWith('install_request.')).map(({ type }) => type)
  t.same(
    told,
    ['created', 'approved', 'created', 'declined'].map((step) => `install_request.${step}`),
  )
  const { data } = await rig.audit.list('org_a', { limit: 50 })
  t.ok(data.some(({ action, outcome }) => action === 'install_request.decide' && outcome === 'refused'))
})

t.test('of several decisions at once one counts', async (t) => {
  const rig = await openInstallations(t, { checker: await openChecker(t), sandbox: await openSandbox(t) })
  const requests = createInstallRequests(rig)
  const admin = person('org_a', 'admin')
  await rig.publish(extensionOf('1.0.0'))
  const { id } = got(await requests.create(person('org_a', 'member'), WISH))
  const outcomes = await Promise.all(['a', 'b', 'c'].map((reason) => requests.decline(admin, id, reason)))
  t.equal(outcomes.filter(({ ok }) => ok).length, 1)
})
