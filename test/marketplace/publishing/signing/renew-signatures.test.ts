import t from 'tap'
import { createExpiredDrafts } from '../../../../marketplace/installations/expired-drafts.ts'
import type { InstallationsDeps } from '../../../../marketplace/installations/installation-deps.ts'
import { createDrafts, DRAFT_LIMITS } from '../../../../marketplace/publishing/drafts.ts'
import { versions } from '../../../../marketplace/publishing/publishing-collections.ts'
import {
  packageSignatures,
  signatureId,
  signingKeys,
} from '../../../../marketplace/publishing/signing/signing-collections.ts'
import type { InstalledCode } from '../../../../runtime/installation-source.ts'
import { user } from '../../../runtime/platform/open-platform.ts'
import { got, openMarketplace, packageOf, type Rig } from '../../rig/open-marketplace.ts'

const NAME = '@acme/site-import'

/** `loaded`, or what came instead. */
async function load(rig: Rig, code: InstalledCode): Promise<string> {
  try {
    return (await rig.packages.load(code.digest, code)) ? 'loaded' : 'gone'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
}

function openDrafts(rig: Rig) {
  const check: Parameters<typeof createDrafts>[0]['check'] = (bytes, options) => rig.checker.check(bytes, options)
  return createDrafts({ ...rig, check, packageBytes: 10_000_000, installedDraft: async () => undefined })
}

t.test('packages that are published while their key is revoked end up signed by another', async (t) => {
  const rig = await openMarketplace(t)
  const handle = rig.store.asSystem('a test looks')
  await rig.openPublisher()
  await rig.publish(packageOf('1.0.0'))
  const more = ['1.1.0', '1.2.0', '1.3.0']
  const waiting = []
  for (const version of more) waiting.push(await rig.upload(packageOf(version)))
  const [first] = await rig.signing.keys.published()
  const revoked = async () => got(await rig.signing.keys.revoke('user:usr_operator', first?.kid ?? '', 'it leaked'))
  const approved = waiting.map(async ({ reviewId = '' }) => got(await rig.approve(reviewId)))
  await Promise.all([...approved.slice(0, 1), revoked(), ...approved.slice(1)])
  await rig.jobs.runDue()
  for (const version of ['1.0.0', ...more]) {
    const digest = (await handle(versions).get(`${NAME}@${version}`))?.digest ?? ''
    t.equal(await load(rig, { organizationId: 'org_a', extension: NAME, version, digest }), 'loaded', version)
  }
  t.same((await handle(packageSignatures).find({ where: { kid: first?.kid ?? '' } })).data, [])
})

t.test('packages after their key was revoked', async (t) => {
  const rig = await openMarketplace(t)
  const handle = rig.store.asSystem('a test looks')
  await rig.openPublisher()
  const codes = new Map<string, InstalledCode>()
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0']) {
    await rig.publish(packageOf(version))
    const stored = await handle(versions).get(`${NAME}@${version}`)
    codes.set(version, { organizationId: 'org_a', extension: NAME, version, digest: stored?.digest ?? '' })
  }
  const draft = got(await openDrafts(rig).upload({ ...user(), userId: rig.author.userId }, packageOf('2.0.0'))).draft
  codes.set('2.0.0', { organizationId: 'org_a', extension: NAME, version: '2.0.0', digest: draft.digest })
  const loaded = async () => {
    const all = [...codes].map(async ([version, code]) => [version, await load(rig, code)] as const)
    return Object.fromEntries(await Promise.all(all))
  }
  const revokeAll = async () => {
    const [active] = (await rig.signing.keys.published()).map(({ kid }) => kid)
    got(await rig.signing.keys.revoke('user:usr_operator', active ?? '', 'it leaked'))
    return active ?? ''
  }
  t.same(new Set(Object.values(await loaded())), new Set(['loaded']), 'before')

  // What is not honest any more, each in its own way.
  await handle(versions).patch(`${NAME}@1.1.0`, { set: { state: 'removed' } })
  await rig.store.blobs.delete(codes.get('1.2.0')?.digest ?? '')
  await handle(versions).patch(`${NAME}@1.3.0`, { set: { manifestDigest: '0'.repeat(64) } })
  const changed = signatureId(codes.get('1.4.0')?.digest ?? '')
  await handle(packageSignatures).patch(changed, { set: { value: 'AAAA' } })
  const kid = await revokeAll()
  t.same(
    new Set(Object.values(await loaded())),
    new Set(['PACKAGE_SIGNATURE_INVALID']),
    'none is loaded with the next load',
  )

  await rig.jobs.runDue()
  const REFUSED = 'PACKAGE_SIGNATURE_INVALID'
  t.same(
    await loaded(),
    { '1.0.0': 'loaded', '1.1.0': REFUSED, '1.2.0': REFUSED, '1.3.0': REFUSED, '1.4.0': REFUSED, '2.0.0': 'loaded' },
    'what is honest is signed anew: not what was removed, lost or changed',
  )
  t.match(await handle(signingKeys).get(kid), { renewal: { renewed: 2, left: 4, at: rig.clock.iso() } })

  t.test('are signed anew once more when somebody asks again', async (t) => {
    await rig.store.blobs.put(packageOf('1.2.0'))
    got(await rig.signing.keys.revoke('user:usr_operator', kid, 'again'))
    await rig.jobs.runDue()
    t.match(await loaded(), { '1.0.0': 'loaded', '1.1.0': REFUSED, '1.2.0': 'loaded', '1.4.0': REFUSED })
    t.match(await handle(signingKeys).get(kid), { renewal: { renewed: 1, left: 3 } })
  })

  t.test('that were drafts leave no signature behind when they end', async (t) => {
    const id = signatureId(draft.digest, 'org_a')
    t.ok(await handle(packageSignatures).get(id))
    rig.clock.move(DRAFT_LIMITS.keepMs + 1)
    // Nothing of it is installed, so no more is used.
    await createExpiredDrafts(rig as unknown as InstallationsDeps).sweep()
    t.equal(await handle(packageSignatures).get(id), undefined)
    t.equal(await load(rig, codes.get('2.0.0') as InstalledCode), REFUSED)
  })
})
