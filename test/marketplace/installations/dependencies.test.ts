import t from 'tap'
import { installations } from '../../../marketplace/installations/installation-collections.ts'
import { extensions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { codeOf, got, openChecker } from '../rig/open-marketplace.ts'

const ADMIN = caller('org_a')
const APP = '@acme/the-app'
const DATES = '@acme/dates'
const ZONES = '@acme/zones'

function packed(name: string, version: string, dependencies: Record<string, string> = {}): Uint8Array {
  return extensionOf(version, { name, annex: { dependencies } })
}

async function install(rig: InstallationRig, name: string, wish: object = {}, who = ADMIN) {
  const { grant } = sheetOf(await rig.installations.install(who, name, wish))
  return rig.installations.install(who, name, { ...wish, grant })
}

async function installed(rig: InstallationRig, name: string, wish: object = {}) {
  return got(await install(rig, name, wish)).installation
}

function states(rig: InstallationRig) {
  const all = rig.store
    .forOrganization('org_a')(installations)
    .find({ sort: [['_id', 'asc']] })
  return all.then(({ data }) =>
    data.filter(({ liveKey }) => liveKey).map(({ extension, version }) => `${extension} ${version}`),
  )
}

t.test('extensions that need others', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  const open = async (t: Parameters<typeof openInstallations>[0]) => {
    const rig = await openInstallations(t, { checker, sandbox })
    await rig.publish(packed(ZONES, '1.0.0'))
    await rig.publish(packed(DATES, '1.2.0', { [ZONES]: '^1.0.0' }))
    await rig.publish(packed(APP, '1.0.0', { [DATES]: '^1.2.0' }))
    return rig
  }

  t.test('the check says what cannot be had', async (t) => {
    const rig = await openInstallations(t, { checker, sandbox })
    const failed = await rig.upload(packed(APP, '1.0.0', { [DATES]: '^1.0.0' }))
    t.match(failed, {
      reviewStatus: 'validation_failed',
      findings: [{ rule: 'MAN-12', severity: 'error', pointer: '/annex/dependencies/@acme~1dates' }],
    })
    await rig.publish(packed(DATES, '1.0.0'))
    t.match(await rig.upload(packed(APP, '1.0.0', { [DATES]: '^1.0.0' })), { reviewStatus: 'in_review' })
    const circle = await rig.upload(packed(DATES, '1.1.0', { [DATES]: '^1.0.0' }))
    t.match(circle.findings, [{ rule: 'MAN-12', message: /itself/ }])
  })

  t.test('what went in the meantime keeps a version from being published', async (t) => {
    const rig = await openInstallations(t, { checker, sandbox })
    await rig.publish(packed(DATES, '1.0.0'))
    const { reviewId = '' } = await rig.upload(packed(APP, '1.0.0', { [DATES]: '^1.0.0' }))
    const system = rig.store.asSystem('a test removes')
    await system(extensions).patch(DATES, { set: { status: 'suspended' } })
    const refusal = await rig.approve(reviewId)
    t.match(refusal, { error: { code: 'DEPENDENCY_UNRESOLVED', details: { problems: [{ code: 'unavailable' }] } } })
    t.match(await system(versions).get(`${APP}@1.0.0`), { state: 'in_review' })
    await system(extensions).patch(DATES, { set: { status: 'listed' } })
    t.ok((await rig.approve(reviewId)).ok)
  })

  t.test('the consent shows them, and they are installed first', async (t) => {
    const rig = await open(t)
    const { dependencies } = sheetOf(await rig.installations.install(ADMIN, APP, {}))
    t.match(dependencies, [
      { extension: ZONES, version: '1.0.0', installed: false },
      { extension: DATES, version: '1.2.0', installed: false },
    ])
    t.match(await install(rig, APP), {
      error: {
        code: 'DEPENDENCY_MISSING',
        message: /install @acme\/zones 1\.0\.0 first; install @acme\/dates 1\.2\.0 first/,
        details: {
          install: [
            { extension: ZONES, version: '1.0.0' },
            { extension: DATES, version: '1.2.0' },
          ],
        },
      },
    })
    t.equal(codeOf(await install(rig, DATES)), 'DEPENDENCY_MISSING')
    t.same(await states(rig), [])
    for (const name of [ZONES, DATES]) t.equal((await installed(rig, name)).state, 'active')
    t.match(sheetOf(await rig.installations.install(ADMIN, APP, {})).dependencies, [
      { extension: DATES, installed: true },
    ])
    const app = await installed(rig, APP)
    const dates = await rig.store.asSystem('a test looks')(versions).get(`${DATES}@1.2.0`)
    t.same(app.lock, [{ name: DATES, range: '^1.2.0', version: '1.2.0', digest: dates?.digest }])
    t.equal(codeOf(await install(rig, APP, {}, caller('org_b'))), 'DEPENDENCY_MISSING', 'each organization has its own')
  })

  t.test('an older one that is installed stays if it fits', async (t) => {
    const rig = await open(t)
    for (const name of [ZONES, DATES]) await installed(rig, name)
    await rig.publish(packed(DATES, '1.3.0', { [ZONES]: '^1.0.0' }))
    await rig.publish(packed(APP, '1.1.0', { [DATES]: '^1.3.0' }))
    t.match(await install(rig, APP), {
      error: {
        code: 'DEPENDENCY_MISSING',
        details: { install: [{ extension: DATES, version: '1.3.0', installed: '1.2.0' }] },
      },
    })
    t.match((await installed(rig, APP, { version: '1.0.0' })).lock, [{ version: '1.2.0' }])
  })

  t.test('demands of what is installed count', async (t) => {
    const rig = await open(t)
    for (const name of [ZONES, DATES, APP]) await installed(rig, name)
    await rig.publish(packed(DATES, '2.0.0'))
    await rig.publish(packed('@acme/second', '1.0.0', { [DATES]: '^2.0.0' }))
    const refusal = await install(rig, '@acme/second')
    t.match(refusal, { error: { code: 'DEPENDENCY_MISSING', details: { problems: [{ code: 'conflict' }] } } })
    t.match(refusal, { error: { message: /@acme\/second needs \^2\.0\.0, @acme\/the-app needs \^1\.2\.0/ } })
  })

  t.test('what others need is uninstalled last, or by force', async (t) => {
    const rig = await open(t)
    const ids = new Map<string, string>()
    for (const name of [ZONES, DATES, APP]) ids.set(name, (await installed(rig, name)).id)
    const uninstall = (name: string, options?: { force: boolean }) =>
      rig.installations.uninstall(ADMIN, ids.get(name) ?? '', options)
    t.match(await uninstall(ZONES), { error: { code: 'DEPENDENCY_IN_USE', details: { dependants: [DATES] } } })
    t.match(await uninstall(DATES, { force: false }), { error: { details: { dependants: [APP] } } })
    t.equal((await states(rig)).length, 3, 'and nothing happened to them')
    got(await uninstall(DATES, { force: true }))
    const rows = (await rig.audit.list('org_a')).data
    t.match(
      rows.find(({ action }) => action === 'installation.uninstall'),
      { outcome: 'allowed', details: { extension: DATES, force: true, dependants: [APP] } },
    )
    await rig.publish(packed(DATES, '2.0.0'))
    t.match(await install(rig, DATES), {
      error: { code: 'DEPENDENCY_IN_USE', details: { dependants: [{ by: APP, range: '^1.2.0' }] } },
    })
    await installed(rig, DATES, { range: '^1.0.0' })
    got(await uninstall(APP))
    got(await rig.installations.uninstall(ADMIN, ids.get(ZONES) ?? '', { force: true }))
  })

  t.test('one cannot be installed while what it needs goes', async (t) => {
    const rig = await open(t)
    for (let round = 0; round < 6; round++) {
      if (round === 0) await installed(rig, ZONES)
      const dates = await installed(rig, DATES)
      const [began, ended] = await Promise.all([install(rig, APP), rig.installations.uninstall(ADMIN, dates.id)])
      const now = await states(rig)
      t.notOk(now.includes(`${APP} 1.0.0`) && !now.includes(`${DATES} 1.2.0`), now.join())
      t.ok(began.ok !== ended.ok, 'one of the two')
      if (began.ok) got(await rig.installations.uninstall(ADMIN, began.value.installation.id))
      if (!ended.ok) got(await rig.installations.uninstall(ADMIN, dates.id))
    }
  })

  t.test('installs by range and by channel', async (t) => {
    const rig = await open(t)
    await rig.publish(packed(ZONES, '1.1.0'))
    await rig.publish(packed(ZONES, '2.0.0-beta.1'))
    const sheet = async (wish: object) => sheetOf(await rig.installations.install(ADMIN, ZONES, wish)).version
    t.equal(await sheet({}), '1.1.0')
    t.equal(await sheet({ range: '<1.1.0' }), '1.0.0')
    t.equal(await sheet({ channel: 'beta' }), '2.0.0-beta.1')
    t.equal(await sheet({ version: '1.0.0' }), '1.0.0')
    for (const [wish, code] of [
      [{ range: '^3.0.0' }, 'NOT_FOUND'],
      [{ channel: 'nightly' }, 'NOT_FOUND'],
      [{ channel: 'constructor' }, 'NOT_FOUND'],
      [{ range: 'beta' }, 'INVALID_ARGUMENT'],
      [{ range: '*', channel: 'beta' }, 'INVALID_ARGUMENT'],
    ] as const)
      t.equal(codeOf(await rig.installations.install(ADMIN, ZONES, wish)), code, JSON.stringify(wish))
    t.equal((await installed(rig, ZONES, { channel: 'beta' })).version, '2.0.0-beta.1')
  })
})
