import t, { type Test } from 'tap'
import { members, type Role } from '../../../marketplace/accounts/accounts-collections.ts'
import { createInstallRequests } from '../../../marketplace/installations/install-requests.ts'
import { installRequests } from '../../../marketplace/installations/install-requests-collection.ts'
import { notificationCollections } from '../../../marketplace/notifications/notification-collections.ts'
import { createNotifications } from '../../../marketplace/notifications/notifications.ts'
import { createEgress } from '../../../runtime/egress/egress.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const WISH = { extension: NAME, message: 'For the new sites' }

t.test('of an installation that goes on behind', async (t) => {
  const [checker, sandbox] = [await openChecker(t), await openSandbox(t)]

  /** An admin, two members who have asked, and installations that are answered before they are done. */
  async function open(t: Test, members: Parameters<typeof extensionOf>[1] = {}) {
    const rig = await openInstallations(t, { checker, sandbox, waitMs: 0, more: notificationCollections })
    const egress = createEgress(rig)
    t.teardown(() => egress.close())
    const notifications = createNotifications({ ...rig, egress })
    t.teardown(() => notifications.stop())
    const requests = createInstallRequests(rig)
    await rig.publish(extensionOf('1.0.0', members))
    const people = { admin: person('admin', 'admin'), mia: person('mia', 'member'), max: person('max', 'member') }
    for (const { userId, role } of Object.values(people)) await join(rig, userId, role)
    const { id } = got(await requests.create(people.mia, WISH))
    const { id: other } = got(await requests.create(people.max, WISH))
    const { grant } = sheetOf(await requests.approve(people.admin, id, {}))
    const told = async (name: keyof typeof people) => {
      await notifications.drain()
      const { data } = got(await notifications.list(rig.person(people[name].userId.slice('usr_'.length)), {}))
      return data.map(({ event }) => event).reverse()
    }
    const approve = async () => {
      const { finished, request, installation } = got(await requests.approve(people.admin, id, { grant }))
      t.match({ finished, request }, { finished: false, request: { state: 'approved' } })
      return () => rig.jobs.runInline(installation.jobId, 15_000)
    }
    return { ...rig, requests, people, other, approve, told }
  }

  t.test('who asked hears first that it was approved, then that it is active', async (t) => {
    const { requests, people, other, approve, told } = await open(t)
    const ended = await approve()
    t.same((await told('mia'))[0], 'install_request.approved')
    await ended()
    for (const name of ['mia', 'max'] as const)
      t.same(await told(name), ['install_request.approved', 'installation.activated'])
    t.same(await told('admin'), ['install_request.created', 'install_request.created', 'installation.activated'])
    t.match((await requests.list(people.max, {})).data, [
      { id: other, state: 'approved', decision: { by: people.admin.userId } },
    ])
  })

  t.test('or that it failed after all', async (t) => {
    const members = 'async onInstall() { throw new Error("no licence") }'
    const { requests, people, approve, told } = await open(t, { members, handlers: ['onInstall'] })
    await (await approve())()
    t.same(await told('mia'), ['install_request.approved', 'installation.failed'])
    t.same(await told('max'), ['installation.failed'])
    t.match((await requests.list(people.max, {})).data, [{ state: 'open' }], 'it may be tried again')
  })

  t.test('what was asked for in another version stays open', async (t) => {
    const { other, approve, told, store } = await open(t)
    const documents = store.forOrganization('org_a')(installRequests)
    await documents.patch(other, { set: { version: '0.9.0' } })
    await (await approve())()
    t.same(await told('max'), [])
    t.equal((await documents.get(other))?.state, 'open')
  })
})

function person(name: string, role: Exclude<Role, 'owner'>) {
  const principal = caller('org_a', role)
  if (principal.kind !== 'user') throw new Error('a person')
  return { ...principal, userId: `usr_${name}` }
}

type Rig = Pick<Awaited<ReturnType<typeof openInstallations>>, 'store' | 'clock'>

async function join({ store, clock }: Rig, userId: string, role: Role): Promise<void> {
  const member = { _id: `org_a:${userId}`, userId, role, since: clock.iso() }
  await store.forOrganization('org_a')(members).insert(member)
}
