import t from 'tap'
import { hold, release } from '../../../marketplace/installations/hold.ts'
import { holdUnsigned } from '../../../marketplace/installations/hold-unsigned.ts'
import { DISABLED_REASONS } from '../../../marketplace/installations/installation-collections.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { packageSignatures, signatureId } from '../../../marketplace/publishing/signing/signing-collections.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')
const SYSTEM = { kind: 'system', organizationId: 'org_a' } as const

t.test('reasons against an installation', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)

  async function installed(t: Parameters<typeof openInstallations>[0]) {
    const rig = await openInstallations(t, { checker, sandbox })
    await rig.publish(extensionOf('1.0.0'))
    const { grant } = sheetOf(await rig.installations.install(ADMIN, NAME, {}))
    const { installation } = got(await rig.installations.install(ADMIN, NAME, { grant }))
    const shown = async () => {
      const { state, disabled } = got(await rig.installations.get(ADMIN, installation.id))
      return { state, reasons: disabled.map(({ reason }) => reason).sort() }
    }
    return { rig, installation, shown, id: installation.id }
  }

  t.test('it runs when none is left, in whatever order they come and go', async (t) => {
    const { rig, id, shown } = await installed(t)
    for (const reason of DISABLED_REASONS) got(await hold(rig, SYSTEM, id, { reason, message: 'so' }))
    t.same(await shown(), { state: 'disabled', reasons: [...DISABLED_REASONS].sort() })
    for (const reason of DISABLED_REASONS.toReversed()) {
      t.equal(await rig.source.active('org_a', id), undefined, `with ${reason} it does not run`)
      got(await release(rig, SYSTEM, id, [reason]))
    }
    t.same(await shown(), { state: 'active', reasons: [] })
    t.ok(await rig.source.active('org_a', id))
  })

  t.test('an admin takes back what is theirs, and no other reason', async (t) => {
    const { rig, id, shown } = await installed(t)
    got(await rig.installations.disable(ADMIN, id))
    got(await hold(rig, SYSTEM, id, { reason: 'killed' }))
    got(await rig.installations.enable(ADMIN, id))
    t.same(await shown(), { state: 'disabled', reasons: ['killed'] })
    got(await release(rig, SYSTEM, id, ['killed']))
    t.same(await shown(), { state: 'active', reasons: [] })
  })

  t.test('what runs on no platform any more is disabled until it does', async (t) => {
    const { rig, id, shown } = await installed(t)
    const documents = rig.store.asSystem('a test changes a version')(versions)
    const version = await documents.get(`${NAME}@1.0.0`)
    await documents.patch(`${NAME}@1.0.0`, { set: { 'card.platform': '^99.0.0' } })
    await rig.installations.sweep()
    t.same(await shown(), { state: 'disabled', reasons: ['incompatible'] })
    await documents.patch(`${NAME}@1.0.0`, { set: { 'card.platform': version?.card.platform ?? '' } })
    await rig.installations.sweep()
    t.same(await shown(), { state: 'active', reasons: [] })
    t.ok(await rig.source.active('org_a', id))
  })

  t.test('a version that nobody vouches for is disabled until somebody does', async (t) => {
    const { rig, id, installation, shown } = await installed(t)
    const packages = holdUnsigned(rig.packages, () => rig)
    const { version, digest } = installation
    const code = { organizationId: 'org_a', extension: NAME, version, digest }
    t.ok(await packages.load(digest, code), 'control: with its signature')
    const signatures = rig.store.asSystem('a test takes a signature away')(packageSignatures)
    const row = await signatures.get(signatureId(digest))
    if (!row) throw new Error('there is no signature')
    await signatures.delete(row._id)
    await t.rejects(packages.load('f'.repeat(64), code), { code: 'PACKAGE_SIGNATURE_INVALID' })
    t.same(await shown(), { state: 'active', reasons: [] }, 'other bytes are another matter')
    await t.rejects(packages.load(digest, code), { code: 'PACKAGE_SIGNATURE_INVALID' })
    t.same(await shown(), { state: 'disabled', reasons: ['invalid_signature'] })
    await rig.installations.sweep()
    t.same(await shown(), { state: 'disabled', reasons: ['invalid_signature'] }, 'it is not in order yet')
    await signatures.put(row)
    await rig.installations.sweep()
    t.same(await shown(), { state: 'active', reasons: [] })
    t.ok(await rig.source.active('org_a', id))
  })

  t.test('what is disabled is uninstalled as anything else', async (t) => {
    const { rig, id } = await installed(t)
    for (const reason of DISABLED_REASONS) got(await hold(rig, SYSTEM, id, { reason }))
    const { finished, installation } = got(await rig.installations.uninstall(ADMIN, id))
    t.ok(finished)
    t.equal(installation.state, 'uninstalled')
  })
})
