import t from 'tap'
import {
  type ConsentDocument,
  consents,
  installations,
} from '../../../marketplace/installations/installation-collections.ts'
import { UPGRADE_LIMITS } from '../../../marketplace/installations/upgrade-limits.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { kvKeys } from '../../../runtime/host-api/kv-documents.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { codeOf, got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }

/** Asks for more than the version that only writes. */
const WIDER = { permissions: { required: [WRITE, READ] } }
const OPTIONAL = { permissions: { required: [WRITE], optional: [READ] } }

async function install(rig: InstallationRig, more: { scopes?: string[]; version?: string } = {}) {
  const wish = more.version === undefined ? {} : { version: more.version }
  const { grant } = sheetOf(await rig.installations.install(ADMIN, NAME, wish))
  const scopes = more.scopes ?? grant.scopes
  return got(await rig.installations.install(ADMIN, NAME, { ...wish, grant: { ...grant, scopes } })).installation
}

async function active(rig: InstallationRig, id: string) {
  const found = await rig.source.active('org_a', id)
  return found && { version: found.version, scopes: found.grants.map(({ scope }) => scope).sort(), epoch: found.epoch }
}

async function agreements(rig: InstallationRig, id: string): Promise<ConsentDocument[]> {
  const query = { where: { installationId: id }, sort: [['epoch', 'asc']] as const }
  return (await rig.store.forOrganization('org_a')(consents).find(query)).data
}

async function actions(rig: InstallationRig) {
  const { data } = await rig.audit.list('org_a', { limit: 50 })
  return data.map(({ action, outcome }) => `${action} ${outcome}`).reverse()
}

t.test('upgrades', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  const open = (t: Parameters<typeof openInstallations>[0]) => openInstallations(t, { checker, sandbox })

  t.test('a version that asks for no more comes without another question', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id, grant } = await install(rig)
    const members = `async onUpgrade(ctx, from) { await ctx.kv.set('from', from) }`
    await rig.publish(extensionOf('1.1.0', { members, handlers: ['onUpgrade'] }))
    const { installation, finished } = got(await rig.installations.upgrade(ADMIN, id, {}))
    t.ok(finished)
    t.match(installation, { version: '1.1.0', state: 'active', previous: { version: '1.0.0' }, upgrade: undefined })
    t.equal(installation.grant.consentId, grant.consentId, 'it rests on the consent that there was')
    t.match(await active(rig, id), { version: '1.1.0', scopes: ['write:chantiers'] })
    const { data } = await rig.store
      .forOrganization('org_a')(kvKeys)
      .find({ where: { installationId: id } })
    t.match(data, [{ key: 'from', value: '"1.0.0"' }], 'it was told which version was there')
    t.equal((await agreements(rig, id)).length, 1)
    t.same((await actions(rig)).slice(-2), ['installation.upgrade_begin allowed', 'installation.upgraded allowed'])
    t.match(got(await rig.installations.upgrade(ADMIN, id, {})), { finished: true }, 'it is there already')
    t.equal(codeOf(await rig.installations.upgrade(ADMIN, id, { version: '1.0.0' })), 'INSTALLATION_STATE')
    t.equal(codeOf(await rig.installations.upgrade(caller('org_b'), id, {})), 'NOT_FOUND')
    t.equal(codeOf(await rig.installations.upgrade(caller('org_a', 'member'), id, {})), 'PERMISSION_DENIED')
  })

  t.test('one that asks for more waits for a consent to the difference, and the old one runs', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    await rig.publish(extensionOf('2.0.0', { annex: WIDER }))
    const sheet = sheetOf(await rig.installations.upgrade(ADMIN, id, {}))
    t.match(sheet, {
      version: '2.0.0',
      difference: {
        from: '1.0.0',
        added: [{ kind: 'scope', name: 'read:timesheets', words: /permission read:timesheets is a new scope/ }],
        removed: [],
      },
    })
    t.match(await active(rig, id), { version: '1.0.0', scopes: ['write:chantiers'], epoch: 1 })
    got(await rig.installations.upgrade(ADMIN, id, { grant: sheet.grant }))
    t.match(await active(rig, id), { version: '2.0.0', scopes: ['read:timesheets', 'write:chantiers'] })
    t.match(await agreements(rig, id), [
      { kind: 'install', version: '1.0.0' },
      { kind: 'upgrade', version: '2.0.0', added: ['read:timesheets'], removed: [], withheld: [] },
    ])
  })

  t.test('an earlier consent counts for its manifest, and not for what was taken away since', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0', { annex: OPTIONAL }))
    const { id, grant } = await install(rig, { scopes: ['write:chantiers', 'read:timesheets'] })
    await rig.publish(extensionOf('1.1.0'))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    t.match(await active(rig, id), { version: '1.1.0', scopes: ['write:chantiers'] }, 'narrowed by itself')
    await rig.publish(extensionOf('1.2.0', { annex: OPTIONAL }))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    const both = ['read:timesheets', 'write:chantiers']
    t.match(await active(rig, id), { version: '1.2.0', scopes: both }, 'the first consent covers it')
    const { manifestDigest } = got(await rig.installations.get(ADMIN, id)).grant
    const less = { manifestDigest, hosts: grant.hosts, scopes: ['write:chantiers'] }
    got(await rig.installations.changeGrant(ADMIN, id, less))
    await rig.publish(extensionOf('1.3.0', { annex: OPTIONAL }))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    t.match(await active(rig, id), { version: '1.3.0', scopes: ['write:chantiers'] }, 'what was revoked stays so')
    await rig.publish(extensionOf('1.4.0', { annex: WIDER }))
    t.equal(codeOf(await rig.installations.upgrade(ADMIN, id, {})), 'CONSENT_REQUIRED')
    const tenant = rig.store.forOrganization('org_a')
    await tenant(installations).patch(id, { set: { 'consent.manifestDigest': 'f'.repeat(64) } })
    for (const { _id } of await agreements(rig, id))
      await tenant(consents).patch(_id, { set: { manifestDigest: 'f'.repeat(64) } })
    await rig.publish(extensionOf('1.3.1', { annex: OPTIONAL }))
    const other = await rig.installations.upgrade(ADMIN, id, { version: '1.3.1' })
    t.equal(codeOf(other), 'CONSENT_REQUIRED', 'a consent to another manifest is none')
  })

  t.test('a failed health check leaves the old one as it is', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    const before = await active(rig, id)
    const cases = {
      '1.1.0': { change: { members: '[(() => { throw new Error("broken at load") })()]: 1' }, step: 'health_check' },
      '1.2.0': { change: { members: 'async check() { throw new TypeError("no such thing") }' }, step: 'health_check' },
      '1.3.0': {
        change: { members: 'async onUpgrade() { throw new Error("cannot migrate") }', handlers: ['onUpgrade'] },
        step: 'on_upgrade',
      },
      '1.4.0': {
        change: { annex: { config: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } } } },
        step: 'verifying',
      },
    }
    for (const [version, { change, step }] of Object.entries(cases)) {
      await rig.publish(extensionOf(version, change))
      const failed = await rig.installations.upgrade(ADMIN, id, { version })
      t.match(failed, { error: { code: 'EXTENSION_LOAD_FAILED', details: { step, version: '1.0.0' } } }, version)
      const shown = got(await rig.installations.get(ADMIN, id))
      t.match(shown, { version: '1.0.0', state: 'active', lastUpgrade: { version, step, outcome: 'failed' } })
      t.equal(shown.upgrade, undefined, 'nothing stays staged')
    }
    const after = await active(rig, id)
    t.same({ ...after, epoch: 0 }, { ...before, epoch: 0 })
    t.ok((await actions(rig)).includes('installation.upgrade_failed failed'))
  })

  t.test('a check that fails as it did before is no reason', async (t) => {
    const rig = await open(t)
    const members = 'async check() { throw new TypeError("not configured") }'
    await rig.publish(extensionOf('1.0.0', { members }))
    const { id } = await install(rig)
    await rig.publish(extensionOf('1.1.0', { members }))
    t.match(got(await rig.installations.upgrade(ADMIN, id, {})).installation, { version: '1.1.0' })
  })

  t.test('a version that went away while it was staged does not come', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    const members = 'async onUpgrade() { await new Promise((r) => setTimeout(r, 300)) }'
    await rig.publish(extensionOf('1.1.0', { members, handlers: ['onUpgrade'] }))
    const upgrading = rig.installations.upgrade(ADMIN, id, {})
    while (got(await rig.installations.get(ADMIN, id)).upgrade?.step !== 'on_upgrade') await new Promise(setImmediate)
    const removed = { set: { state: 'removed' } }
    await rig.store.asSystem('a test removes')(versions).patch(`${NAME}@1.1.0`, removed)
    t.match(await upgrading, { error: { code: 'EXTENSION_LOAD_FAILED', details: { step: 'swapping' } } })
    t.match(await active(rig, id), { version: '1.0.0' })
  })

  t.test('a grant that is changed in the middle calls the upgrade off', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0', { annex: OPTIONAL }))
    const { id, grant } = await install(rig, { scopes: ['write:chantiers', 'read:timesheets'] })
    const members = 'async onUpgrade() { await new Promise((r) => setTimeout(r, 300)) }'
    await rig.publish(extensionOf('1.1.0', { annex: OPTIONAL, members, handlers: ['onUpgrade'] }))
    const upgrading = rig.installations.upgrade(ADMIN, id, {})
    while (got(await rig.installations.get(ADMIN, id)).upgrade?.step !== 'on_upgrade') await new Promise(setImmediate)
    const { manifestDigest, hosts } = grant
    got(await rig.installations.changeGrant(ADMIN, id, { manifestDigest, hosts, scopes: ['write:chantiers'] }))
    t.equal(codeOf(await upgrading), 'INSTALLATION_STATE')
    t.match(await active(rig, id), { version: '1.0.0', scopes: ['write:chantiers'] })
    got(await rig.installations.upgrade(ADMIN, id, {}))
    t.match(await active(rig, id), { version: '1.1.0', scopes: ['write:chantiers'] })
  })

  t.test('a rollback goes back, with no more than is agreed to now', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0', { annex: OPTIONAL }))
    const { id, grant } = await install(rig, { scopes: ['write:chantiers', 'read:timesheets'] })
    t.equal(codeOf(await rig.installations.rollback(ADMIN, id, {})), 'INSTALLATION_STATE')
    await rig.publish(extensionOf('1.1.0', { annex: OPTIONAL }))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    const { manifestDigest } = got(await rig.installations.get(ADMIN, id)).grant
    const less = { manifestDigest, hosts: grant.hosts, scopes: ['write:chantiers'] }
    got(await rig.installations.changeGrant(ADMIN, id, less))
    const yanked = { set: { state: 'yanked' } }
    await rig.store.asSystem('a test yanks')(versions).patch(`${NAME}@1.0.0`, yanked)
    const { installation } = got(await rig.installations.rollback(ADMIN, id, {}))
    t.match(installation, { version: '1.0.0', previous: undefined, lastUpgrade: { outcome: 'rolled_back' } })
    t.match(await active(rig, id), { version: '1.0.0', scopes: ['write:chantiers'] })
    t.ok((await actions(rig)).includes('installation.rolled_back allowed'))
  })

  t.test('what was removed is not gone back to', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    await rig.publish(extensionOf('1.1.0'))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    const removed = { set: { state: 'removed' } }
    await rig.store.asSystem('a test removes')(versions).patch(`${NAME}@1.0.0`, removed)
    t.equal(codeOf(await rig.installations.rollback(ADMIN, id, {})), 'VERSION_REMOVED')
    t.match(await active(rig, id), { version: '1.1.0' })
  })

  t.test('a version whose runs fail goes back by itself', async (t) => {
    const rig = await open(t)
    const streams = (body: string) =>
      `streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() { ${body} } } }`
    await rig.publish(extensionOf('1.0.0', { members: streams('yield { records: [] }') }))
    const { id } = await install(rig)
    await rig.publish(extensionOf('1.1.0', { members: streams('throw new Error("broken")') }))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    const run = () =>
      rig.invocations.invoke({
        ...{ organizationId: 'org_a', installationId: id, reason: 'sync' },
        ...{ handler: ['streams', 'sites', 'read'], args: [{}] },
      })
    const look = async () => {
      rig.clock.move(UPGRADE_LIMITS.watchEveryMs)
      await rig.jobs.runDue()
      return got(await rig.installations.get(ADMIN, id))
    }
    t.match(await run(), { ok: false })
    t.match(await look(), { version: '1.1.0' }, 'one failure is none')
    for (let i = 1; i < UPGRADE_LIMITS.failures; i++) await run()
    t.match(await look(), {
      version: '1.0.0',
      state: 'active',
      watchedUntil: undefined,
      lastUpgrade: { version: '1.1.0', outcome: 'rolled_back', code: 'ERRORS', message: /3 of 3 runs.*broken/ },
    })
    t.match(await run(), { ok: true })
  })

  t.test('without a way back it is disabled, and an upgrade lets it run again', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    const members = `schedules: { night: async () => { throw new Error('broken') } }`
    await rig.publish(extensionOf('1.1.0', { members }))
    got(await rig.installations.upgrade(ADMIN, id, {}))
    const removed = { set: { state: 'removed' } }
    await rig.store.asSystem('a test removes')(versions).patch(`${NAME}@1.0.0`, removed)
    for (let i = 0; i < UPGRADE_LIMITS.failures; i++) {
      const request = { organizationId: 'org_a', installationId: id, args: [], reason: 'schedule' } as const
      await rig.invocations.invoke({ ...request, handler: ['schedules', 'night'] })
    }
    rig.clock.move(UPGRADE_LIMITS.watchEveryMs)
    await rig.jobs.runDue()
    const shown = got(await rig.installations.get(ADMIN, id))
    t.match(shown, { version: '1.1.0', state: 'disabled', disabled: [{ reason: 'errors', by: 'system' }] })
    await rig.publish(extensionOf('1.2.0'))
    t.match(got(await rig.installations.upgrade(ADMIN, id, {})).installation, { state: 'active', version: '1.2.0' })
  })

  t.test('what the admin disabled stays so through an upgrade and a rollback', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    await rig.publish(extensionOf('1.1.0'))
    got(await rig.installations.disable(ADMIN, id))
    const stays = { state: 'disabled', disabled: [{ reason: 'admin', by: 'user:usr_admin' }] }
    t.match(got(await rig.installations.upgrade(ADMIN, id, {})).installation, { ...stays, version: '1.1.0' })
    t.match(got(await rig.installations.rollback(ADMIN, id, {})).installation, { ...stays, version: '1.0.0' })
    t.equal(await active(rig, id), undefined)
    t.match(got(await rig.installations.enable(ADMIN, id)), { state: 'active', disabled: [] })
  })

  t.test('a watch ends when its time is over', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = await install(rig)
    await rig.publish(extensionOf('1.1.0'))
    t.ok(got(await rig.installations.upgrade(ADMIN, id, {})).installation.watchedUntil)
    rig.clock.move(UPGRADE_LIMITS.watchMs)
    await rig.jobs.runDue()
    t.match(got(await rig.installations.get(ADMIN, id)), { version: '1.1.0', watchedUntil: undefined })
  })
})
