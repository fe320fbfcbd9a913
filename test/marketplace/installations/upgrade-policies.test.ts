import t from 'tap'
import { createUpgradeDefaults } from '../../../marketplace/installations/upgrade-defaults.ts'
import { allowsStep, NO_POLICY, type UpgradePolicy } from '../../../marketplace/installations/upgrade-policy.ts'
import { extensions } from '../../../marketplace/publishing/publishing-collections.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { codeOf, got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')
const HOUR_MS = 3_600_000
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }

function policyOf(change: Partial<UpgradePolicy>): UpgradePolicy {
  return { auto: 'minor', minAgeHours: 24, channel: 'latest', excludes: [], ...change }
}

t.test('steps that a policy lets come', async (t) => {
  const cases: [Partial<UpgradePolicy>, string, string, boolean][] = [
    [{ auto: 'none' }, '1.0.0', '1.0.1', false],
    [{ auto: 'patch' }, '1.0.0', '1.0.1', true],
    [{ auto: 'patch' }, '1.0.0', '1.1.0', false],
    [{ auto: 'minor' }, '1.0.0', '1.1.0', true],
    [{ auto: 'minor' }, '1.0.0', '2.0.0', false],
    [{ auto: 'any' }, '1.0.0', '2.0.0', true],
    [{ auto: 'any' }, '1.1.0', '1.0.9', false],
    [{ auto: 'any' }, '1.0.0', '1.0.0', false],
    [{ auto: 'any', excludes: ['2.x'] }, '1.0.0', '2.0.0', false],
    [{ auto: 'any', excludes: ['2.0.0-beta.1'] }, '1.0.0', '2.0.0-beta.1', false],
    [{ auto: 'any', excludes: [NAME] }, '1.0.0', '1.0.1', false],
    [{ auto: 'any', excludes: ['@acme/other'] }, '1.0.0', '1.0.1', true],
  ]
  for (const [change, from, to, comes] of cases)
    t.equal(allowsStep(policyOf(change), NAME, { from, to }), comes, `${JSON.stringify(change)} ${from} → ${to}`)
})

t.test('upgrades by policy', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)

  async function installed(t: Parameters<typeof openInstallations>[0]) {
    const rig = await openInstallations(t, { checker, sandbox })
    await rig.publish(extensionOf('1.0.0'))
    const { grant } = sheetOf(await rig.installations.install(ADMIN, NAME, {}))
    const { id } = got(await rig.installations.install(ADMIN, NAME, { grant })).installation
    return { rig, id }
  }

  async function swept(rig: InstallationRig, id: string) {
    await rig.installations.sweep()
    await rig.jobs.runDue()
    return got(await rig.installations.get(ADMIN, id))
  }

  t.test('a version comes when it is old enough, and not before', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({})))
    await rig.publish(extensionOf('1.1.0'))
    rig.clock.move(23 * HOUR_MS)
    t.match(await swept(rig, id), { version: '1.0.0' })
    await rig.publish(extensionOf('1.2.0'))
    rig.clock.move(HOUR_MS)
    t.match(await swept(rig, id), { version: '1.1.0' }, 'the one that is old enough, not the newest')
    rig.clock.move(24 * HOUR_MS)
    t.match(await swept(rig, id), { version: '1.2.0', policy: { auto: 'minor' } })
  })

  t.test('without a policy nothing comes, and with the organization’s it does', async (t) => {
    const { rig, id } = await installed(t)
    const defaults = createUpgradeDefaults(rig)
    t.same(await defaults.get('org_a'), NO_POLICY)
    await rig.publish(extensionOf('1.0.1'))
    rig.clock.move(1_000 * HOUR_MS)
    t.match(await swept(rig, id), { version: '1.0.0' })
    const member = { userId: 'usr_member', organizationId: 'org_a', role: 'member' } as const
    t.equal(codeOf(await defaults.set(member, policyOf({}))), 'PERMISSION_DENIED')
    const owner = { ...member, role: 'owner' } as const
    t.equal(codeOf(await defaults.set(owner, policyOf({ excludes: ['no range'] }))), 'INVALID_ARGUMENT')
    t.equal(codeOf(await defaults.set(owner, policyOf({ channel: '1.x' }))), 'INVALID_ARGUMENT')
    got(await defaults.set(owner, policyOf({ auto: 'patch' })))
    t.match(await swept(rig, id), { version: '1.0.1' })
    t.same(await defaults.get('org_b'), NO_POLICY, 'another organization has its own')
  })

  t.test(
    'an organization that waits is given no younger one by default, on the first installation either',
    async (t) => {
      const rig = await openInstallations(t, { checker, sandbox })
      const owner = { userId: 'usr_owner', organizationId: 'org_a', role: 'owner' } as const
      got(await createUpgradeDefaults(rig).set(owner, policyOf({ auto: 'none', minAgeHours: 48 })))
      await rig.publish(extensionOf('1.0.0'))
      const young = await rig.installations.install(ADMIN, NAME, {})
      t.match(young, { error: { code: 'VERSION_STATE', message: /48 hours/ } })
      rig.clock.move(48 * HOUR_MS)
      await rig.publish(extensionOf('1.1.0'))
      t.match(sheetOf(await rig.installations.install(ADMIN, NAME, {})), { version: '1.0.0' })
      t.match(sheetOf(await rig.installations.install(ADMIN, NAME, { range: '^1.0.0' })), { version: '1.0.0' })
      t.match(sheetOf(await rig.installations.install(ADMIN, NAME, { version: '1.1.0' })), { version: '1.1.0' })
      t.match(sheetOf(await rig.installations.install(caller('org_b'), NAME, {})), { version: '1.1.0' })
    },
  )

  t.test('nothing comes of an extension that is not for the organization any more', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ minAgeHours: 0 })))
    await rig.publish(extensionOf('1.1.0'))
    const visibility = { kind: 'organization', organizations: ['org_b'] }
    await rig.store.asSystem('a test narrows')(extensions).patch(NAME, { set: { visibility } })
    t.match(await swept(rig, id), { version: '1.0.0' })
    await rig.store
      .asSystem('a test narrows')(extensions)
      .patch(NAME, { set: { visibility: { kind: 'unlisted' } } })
    t.match(await swept(rig, id), { version: '1.1.0' })
  })

  t.test('a pre-release comes only by a channel that names it', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ minAgeHours: 0 })))
    await rig.publish(extensionOf('1.1.0-beta.1'))
    t.match(await swept(rig, id), { version: '1.0.0' })
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ minAgeHours: 0, channel: 'beta' })))
    t.match(await swept(rig, id), { version: '1.1.0-beta.1' })
    await rig.publish(extensionOf('1.1.0-beta.2'))
    t.match(
      await swept(rig, id),
      { version: '1.1.0-beta.2', policy: { channel: 'beta' } },
      'the choice outlives upgrades',
    )
  })

  t.test('a mended older line reaches those who stay on it', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ auto: 'patch', minAgeHours: 0 })))
    await rig.publish(extensionOf('2.0.0'))
    await rig.publish(extensionOf('1.0.1'))
    t.match(await swept(rig, id), { version: '1.0.1' })
    t.match(sheetOf(await rig.installations.install(caller('org_b'), NAME, {})), { version: '2.0.0' })
  })

  t.test('one that asks for more waits for an admin while the old one runs', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ minAgeHours: 0 })))
    await rig.publish(extensionOf('1.1.0', { annex: { permissions: { required: [WRITE, READ] } } }))
    const waiting = await swept(rig, id)
    t.match(waiting, { version: '1.0.0', state: 'active', upgrade: { version: '1.1.0', step: 'awaiting_consent' } })
    t.equal((await swept(rig, id)).epoch, waiting.epoch, 'it is said once')
    t.ok(await rig.source.active('org_a', id))
    const { grant } = sheetOf(await rig.installations.upgrade(ADMIN, id, {}))
    const { installation } = got(await rig.installations.upgrade(ADMIN, id, { grant }))
    t.match(installation, { version: '1.1.0', upgrade: undefined })
  })

  t.test('what failed or was gone back from does not come again by itself', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ minAgeHours: 0 })))
    await rig.publish(extensionOf('1.1.0'))
    t.match(await swept(rig, id), { version: '1.1.0' })
    got(await rig.installations.rollback(ADMIN, id, {}))
    t.match(await swept(rig, id), { version: '1.0.0' })
    await rig.publish(extensionOf('1.2.0', { members: '[(() => { throw new Error("broken") })()]: 1' }))
    t.match(await swept(rig, id), { version: '1.0.0', lastUpgrade: { version: '1.2.0', outcome: 'failed' } })
    const { epoch } = await swept(rig, id)
    t.equal((await swept(rig, id)).epoch, epoch)
  })

  t.test('what an admin disabled is left alone', async (t) => {
    const { rig, id } = await installed(t)
    got(await rig.installations.setPolicy(ADMIN, id, policyOf({ minAgeHours: 0 })))
    got(await rig.installations.disable(ADMIN, id))
    await rig.publish(extensionOf('1.1.0'))
    t.match(await swept(rig, id), { version: '1.0.0', state: 'disabled' })
    got(await rig.installations.enable(ADMIN, id))
    t.match(await swept(rig, id), { version: '1.1.0', state: 'active' })
    t.match(got(await rig.installations.setPolicy(ADMIN, id, null)), { policy: undefined })
  })
})
