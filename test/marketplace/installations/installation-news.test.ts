import t from 'tap'
import { extensions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }

t.test('an installation shows what the marketplace says of it today', async (t) => {
  const rig = await openInstallations(t, { checker: await openChecker(t), sandbox: await openSandbox(t) })
  await rig.publish(extensionOf('1.0.0'))
  const { grant } = sheetOf(await rig.installations.install(ADMIN, NAME, {}))
  const { id } = got(await rig.installations.install(ADMIN, NAME, { grant })).installation
  const system = rig.store.asSystem('a test changes states')
  const shown = async () => {
    const one = got(await rig.installations.get(ADMIN, id))
    const [listed] = got(await rig.installations.list(ADMIN, {})).data
    const news = { newer: one.newer, warning: one.warning }
    t.same({ newer: listed?.newer, warning: listed?.warning }, news, 'a list says the same')
    return news
  }
  t.same(await shown(), { newer: undefined, warning: undefined })

  await rig.publish(extensionOf('1.1.0'))
  t.match(await shown(), { newer: { version: '1.1.0', asksForMore: false }, warning: undefined })
  await rig.publish(extensionOf('1.2.0', { annex: { permissions: { required: [WRITE, READ] } } }))
  t.match(await shown(), { newer: { version: '1.2.0', asksForMore: true } })
  await rig.publish(extensionOf('2.0.0-beta.1'))
  t.match(await shown(), { newer: { version: '1.2.0' } })
  const policy = { auto: 'none' as const, minAgeHours: 0, channel: 'beta', excludes: [] }
  got(await rig.installations.setPolicy(ADMIN, id, policy))
  t.match(await shown(), { newer: { version: '2.0.0-beta.1' } })

  const deprecated = { message: 'Use the other one', replacement: '@acme/sites', by: 'user:usr_author', at: 'now' }
  await system(versions).patch(`${NAME}@1.0.0`, { set: { state: 'deprecated', deprecated } })
  t.match(await shown(), { warning: { state: 'deprecated', message: 'Use the other one', replacement: '@acme/sites' } })
  const yanked = { reason: 'It loses hours', by: 'user:usr_author', at: 'now' }
  await system(versions).patch(`${NAME}@1.0.0`, { set: { state: 'yanked', yanked } })
  t.match(await shown(), { warning: { state: 'yanked', message: 'It loses hours' } })

  const visibility = { kind: 'organization', organizations: ['org_b'] }
  await system(extensions).patch(NAME, { set: { visibility } })
  t.match(await shown(), { newer: undefined, warning: { state: 'yanked' } }, 'what it may not see is no news')
})
