import t from 'tap'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { packageSignatures, signatureId } from '../../../marketplace/publishing/signing/signing-collections.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const REFUSED = { code: 'PACKAGE_SIGNATURE_INVALID', class: 'CRASH', incident: false }

const saying = (version: string) =>
  extensionOf(version, {
    handlers: ['actions.say.run'],
    members: `actions: { say: { params: {}, run: async () => '${version}' } }`,
  })

async function install(rig: InstallationRig, organizationId: string, version: string) {
  const admin = caller(organizationId)
  const { grant } = sheetOf(await rig.installations.install(admin, NAME, { version }))
  return rig.installations.install(admin, NAME, { version, grant })
}

t.test('nothing runs without the signature of the marketplace', async (t) => {
  const rig = await openInstallations(t, { checker: await openChecker(t), sandbox: await openSandbox(t) })
  const handle = rig.store.asSystem('a test writes into the database')
  for (const version of ['1.0.0', '2.0.0']) await rig.publish(saying(version))
  const digestOf = async (version: string) => (await handle(versions).get(`${NAME}@${version}`))?.digest ?? ''
  const { installation } = got(await install(rig, 'org_a', '1.0.0'))
  const say = async () => {
    const where = { organizationId: 'org_a', installationId: installation.id }
    const outcome = await rig.invocations.invoke({
      ...{ ...where, handler: ['actions', 'say', 'run'], args: [{}], reason: 'test' },
    })
    return outcome.ok ? outcome.value : outcome.failure
  }
  /** What whoever has the database alone could write. */
  const point = (set: { version?: string; digest?: string }) =>
    rig.store.forOrganization('org_a')(installations).patch(installation.id, { set })
  t.equal(await say(), '1.0.0')

  t.test('an installation that was pointed at other bytes ends its runs', async (t) => {
    const digest = await digestOf('2.0.0')
    await point({ digest })
    t.match(await say(), {
      ...REFUSED,
      message: `The signature of ${NAME} 1.0.0 does not hold: it is of another package, version or organization`,
      retryable: false,
    })
    await point({ version: '2.0.0', digest })
    t.equal(await say(), '2.0.0', 'control: bytes and version that belong together')
    const runs = await rig.invocations.runs('org_a', { outcome: 'failed' })
    t.match(runs.data, [{ failure: { code: 'PACKAGE_SIGNATURE_INVALID' } }], 'and its admin sees why')
  })

  t.test('an installation refuses and names the step', async (t) => {
    const _id = signatureId(await digestOf('2.0.0'))
    const row = await handle(packageSignatures).get(_id)
    if (!row) throw new Error('there is no signature')
    await handle(packageSignatures).delete(_id)
    const refused = await install(rig, 'org_b', '2.0.0')
    t.match(refused, {
      error: {
        code: 'EXTENSION_LOAD_FAILED',
        message: /verifying: The signature of .* does not hold: there is none/,
        details: { step: 'verifying', cause: 'PACKAGE_SIGNATURE_INVALID' },
      },
    })
    await handle(packageSignatures).put(row)
    t.ok((await install(rig, 'org_b', '2.0.0')).ok, 'control: with the signature as it was')
  })

  t.test('a revoked key stops the next load until the package is signed anew', async (t) => {
    await rig.publish(saying('3.0.0'))
    await point({ version: '3.0.0', digest: await digestOf('3.0.0') })
    const [key] = await rig.signing.keys.published()
    got(await rig.signing.keys.revoke('user:usr_operator', key?.kid ?? '', 'it leaked'))
    t.match(await say(), { ...REFUSED, retryable: true, message: /its key was revoked/ })
    await rig.jobs.runDue()
    t.equal(await say(), '3.0.0')
  })
})
