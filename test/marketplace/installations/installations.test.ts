import { setTimeout as turn } from 'node:timers/promises'
import t from 'tap'
import { consents, installations } from '../../../marketplace/installations/installation-collections.ts'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { kvKeys } from '../../../runtime/host-api/kv-documents.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { codeOf, got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')

async function install(rig: InstallationRig, who = ADMIN, extra: object = {}) {
  const { grant } = sheetOf(await rig.installations.install(who, NAME, {}))
  return rig.installations.install(who, NAME, { grant, ...extra })
}

function actions(rig: InstallationRig, organizationId = 'org_a') {
  return rig.audit.list(organizationId).then(({ data }) => data.map(({ action, outcome }) => `${action} ${outcome}`))
}

t.test('installations', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)
  const open = (t: Parameters<typeof openInstallations>[0]) => openInstallations(t, { checker, sandbox })

  t.test('consent is asked for, given, and then it runs', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const sheet = sheetOf(await rig.installations.install(ADMIN, NAME, {}))
    t.match(sheet, {
      version: '1.0.0',
      kind: 'connector',
      required: [{ scope: 'write:chantiers', words: /construction sites/, reason: 'Creates the sites' }],
      hosts: [{ host: 'api.erp.example' }],
      credentials: { type: 'API_KEY' },
    })
    const { installation, finished } = got(await rig.installations.install(ADMIN, NAME, { grant: sheet.grant }))
    t.ok(finished)
    t.match(installation, { state: 'active', version: '1.0.0', epoch: 1, grant: { by: 'user:usr_admin' } })
    t.match(await rig.source.active('org_a', installation.id), {
      extension: NAME,
      grants: [{ scope: 'write:chantiers' }],
      egress: [{ host: 'api.erp.example', scheme: 'https', port: 443 }],
      injections: [{ host: 'api.erp.example', in: 'bearer' }],
    })
    t.equal(await rig.source.active('org_b', installation.id), undefined, "another tenant's id finds nothing")
    t.same(await actions(rig), ['installation.activate allowed', 'installation.consent allowed'])
    const page = await rig.store
      .forOrganization('org_a')(consents)
      .find({ where: { installationId: installation.id } })
    t.match(page.data, [{ manifestDigest: sheet.manifestDigest, scopes: ['write:chantiers'] }])
  })

  t.test('only owners and admins install, of what is published', async (t) => {
    const rig = await open(t)
    t.equal(codeOf(await rig.installations.install(ADMIN, NAME, {})), 'NOT_FOUND')
    await rig.upload(extensionOf('1.0.0'))
    t.equal(codeOf(await rig.installations.install(ADMIN, NAME, {})), 'NOT_FOUND', 'in review is not published')
    t.equal(codeOf(await rig.installations.install(caller('org_a', 'member'), NAME, {})), 'PERMISSION_DENIED')
    const key = { kind: 'key', keyId: 'key_1', userId: 'usr_1', organizationId: 'org_a', grants: [] } as const
    t.equal(codeOf(await rig.installations.install(key, NAME, {})), 'PERMISSION_DENIED')
    await rig.publish(extensionOf('1.1.0'))
    t.equal(codeOf(await rig.installations.install(ADMIN, NAME, { version: '1.0.0' })), 'NOT_FOUND')
    t.equal(sheetOf(await rig.installations.install(ADMIN, NAME, {})).version, '1.1.0')
  })

  t.test('onInstall runs under the grant before anything is active', async (t) => {
    const rig = await open(t)
    const members = `async onInstall(ctx) { await ctx.kv.set('made', { by: 'onInstall' }) }`
    await rig.publish(extensionOf('1.0.0', { members, handlers: ['onInstall'] }))
    const { installation } = got(await install(rig))
    const where = { installationId: installation.id }
    t.match((await rig.store.forOrganization('org_a')(kvKeys).find({ where })).data, [{ key: 'made' }])
  })

  t.test('a failing step is told, undone, and leaves room for another try', async (t) => {
    const rig = await open(t)
    const members = `async onInstall(ctx) { await ctx.kv.set('left', 1); throw new Error('no licence found') }`
    await rig.publish(extensionOf('1.0.0', { members, handlers: ['onInstall'] }))
    for (const attempt of [1, 2]) {
      const failed = await install(rig)
      t.match(failed, {
        error: {
          code: 'EXTENSION_LOAD_FAILED',
          message: /on_install: .*no licence found/,
          details: { step: 'on_install' },
        },
      })
      const where = { state: 'failed' }
      const { data } = await rig.store.forOrganization('org_a')(installations).find({ where })
      t.equal(data.length, attempt)
      for (const { _id } of data) t.equal(await rig.source.active('org_a', _id), undefined)
    }
    await rig.jobs.runDue()
    const left = await rig.store.asSystem('a test looks')(kvKeys).find({})
    t.same(left.data, [], 'what its code wrote is gone')
    t.ok((await actions(rig)).includes('installation.activate failed'))
    await rig.publish(extensionOf('1.0.1'))
    t.ok((await install(rig)).ok)
  })

  t.test('code that cannot be loaded is not installed', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0', { members: '[(() => { throw new Error("broken at load") })()]: 1' }))
    t.match(await install(rig), { error: { code: 'EXTENSION_LOAD_FAILED', details: { step: 'health_check' } } })
  })

  t.test('damaged bytes are not installed', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const version = await rig.store.asSystem('a test looks')(versions).get(`${NAME}@1.0.0`)
    await rig.store.blobs.delete(version?.digest ?? '')
    t.match(await install(rig), { error: { code: 'EXTENSION_LOAD_FAILED', details: { step: 'verifying' } } })
  })

  t.test('installing twice at once is one installation', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const outcomes = await Promise.all([install(rig), install(rig), install(rig)])
    const ids = outcomes.map((outcome) => got(outcome).installation.id)
    t.equal(new Set(ids).size, 1)
    t.match(got(await install(rig)), { installation: { id: ids[0], state: 'active' } })
    const other = got(await install(rig, caller('org_b')))
    t.not(other.installation.id, ids[0], 'each organization has its own')
  })

  t.test('another grant or version is no repetition', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    got(await install(rig))
    await rig.publish(extensionOf('1.1.0'))
    t.equal(codeOf(await install(rig)), 'ALREADY_INSTALLED')
  })

  t.test('a slow installation goes on behind', async (t) => {
    const rig = await openInstallations(t, { checker, sandbox, waitMs: 1 })
    await rig.publish(extensionOf('1.0.0'))
    const { installation, finished } = got(await install(rig))
    t.notOk(finished)
    t.equal(installation.state, 'installing')
    t.match(await rig.jobs.runInline(installation.jobId, 10_000), { state: 'DONE' })
    t.match(got(await rig.installations.get(ADMIN, installation.id)), { state: 'active' })
  })

  t.test('a grant is changed within the manifest, and in force at once', async (t) => {
    const rig = await open(t)
    const annex = {
      permissions: {
        required: [{ scope: 'write:chantiers', reason: 'Creates the sites' }],
        optional: [{ scope: 'read:timesheets', reason: 'Exports hours' }],
      },
    }
    await rig.publish(extensionOf('1.0.0', { annex }))
    const { installation } = got(await install(rig))
    const { id } = installation
    const { manifestDigest, hosts } = installation.grant
    const more = { manifestDigest, hosts, scopes: ['write:chantiers', 'read:timesheets'] }
    t.match(got(await rig.installations.changeGrant(ADMIN, id, more)), { epoch: 2 })
    t.match(got(await rig.installations.explain(ADMIN, id, { scope: 'read:timesheets' })), { allowed: true })
    got(await rig.installations.changeGrant(ADMIN, id, { ...more, scopes: ['write:chantiers'] }))
    t.match(await rig.source.active('org_a', id), { epoch: 3, grants: [{ scope: 'write:chantiers' }] })
    t.match(got(await rig.installations.explain(ADMIN, id, { scope: 'read:timesheets' })), {
      rule: 'scope-not-granted',
    })
    const wider = { ...more, scopes: [...more.scopes, 'read:invoices'] }
    t.equal(codeOf(await rig.installations.changeGrant(ADMIN, id, wider)), 'GRANT_EXCEEDS_MANIFEST')
    t.equal(codeOf(await rig.installations.changeGrant(ADMIN, id, { ...more, scopes: [] })), 'CONSENT_REQUIRED')
    t.equal(codeOf(await rig.installations.changeGrant(caller('org_b'), id, more)), 'NOT_FOUND')
    t.equal(codeOf(await rig.installations.changeGrant(caller('org_a', 'member'), id, more)), 'PERMISSION_DENIED')
  })

  t.test('a configuration is checked in the cage and fixes its hosts', async (t) => {
    const rig = await open(t)
    const annex = {
      config: {
        type: 'object',
        properties: { baseHost: { type: 'string' }, 'a.b': { type: 'integer' } },
        additionalProperties: false,
      },
      egress: [
        { host: 'api.erp.example', reason: 'The API of the ERP' },
        { host: '{{config.baseHost}}', match: '*.odoo.com', reason: 'Your own server' },
      ],
    }
    await rig.publish(extensionOf('1.0.0', { annex }))
    const refused = await install(rig, ADMIN, { config: { 'a.b': 'no number' } })
    t.match(refused, { error: { code: 'CONFIG_INVALID', details: { problems: [{ pointer: '/a.b' }] } } })
    const { installation } = got(await install(rig, ADMIN, { config: { 'a.b': 1 } }))
    const { id } = installation
    t.match(installation, { config: { 'a.b': 1 }, egress: [{ host: 'api.erp.example' }] })
    const set = got(await rig.installations.configure(ADMIN, id, { baseHost: 'acme.odoo.com' }))
    t.match(set, { epoch: 2, config: { 'a.b': 1, baseHost: 'acme.odoo.com' }, egress: [{}, { host: 'acme.odoo.com' }] })
    const taken = got(await rig.installations.configure(ADMIN, id, { baseHost: null }))
    t.same(taken.config, { 'a.b': 1 })
    t.equal(codeOf(await rig.installations.configure(ADMIN, id, { baseHost: 'evil.example' })), 'CONFIG_INVALID')
    t.equal(codeOf(await rig.installations.configure(ADMIN, id, { unknown: 1 })), 'CONFIG_INVALID')
  })

  t.test('what is disabled does not run until it is enabled', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = got(await install(rig)).installation
    t.match(got(await rig.installations.disable(ADMIN, id)), { state: 'disabled', disabled: [{ reason: 'admin' }] })
    t.equal(await rig.source.active('org_a', id), undefined)
    t.match(got(await rig.installations.explain(ADMIN, id, { scope: 'write:chantiers' })), { allowed: false })
    t.match(got(await rig.installations.disable(ADMIN, id)), { epoch: 2 }, 'twice is once')
    t.match(got(await rig.installations.enable(ADMIN, id)), { state: 'active', epoch: 3 })
    t.ok(await rig.source.active('org_a', id))
  })

  t.test('uninstalling says goodbye, deletes what it kept, and makes room', async (t) => {
    const rig = await open(t)
    const members = `async onInstall(ctx) { await ctx.kv.set('a', 1) }, async onUninstall(ctx) { await ctx.kv.set('b', 1) }`
    await rig.publish(extensionOf('1.0.0', { members, handlers: ['onInstall', 'onUninstall'] }))
    const { id } = got(await install(rig)).installation
    const { installation, finished } = got(await rig.installations.uninstall(ADMIN, id))
    t.ok(finished)
    t.equal(installation.state, 'uninstalled')
    t.same(rig.released, [id])
    t.same((await rig.store.asSystem('a test looks')(kvKeys).find({})).data, [])
    t.equal(codeOf(await rig.installations.uninstall(ADMIN, id)), 'NOT_FOUND')
    t.not(got(await install(rig)).installation.id, id)
    const runs = (await rig.invocations.runs('org_a', { installationId: id })).data
    t.same(runs.map(({ handler, outcome }) => `${handler} ${outcome}`).sort(), [
      '$describe succeeded',
      'onInstall succeeded',
      'onUninstall succeeded',
    ])
  })

  t.test('uninstalling needs nothing of the extension', async (t) => {
    const rig = await open(t)
    const members = 'async onUninstall(ctx) { for (;;) {} }'
    await rig.publish(extensionOf('1.0.0', { members, handlers: ['onUninstall'] }))
    const { installation } = got(await install(rig))
    t.match(got(await rig.installations.uninstall(ADMIN, installation.id)), { finished: true })
    const second = got(await install(rig)).installation
    await rig.store.blobs.delete(second.digest)
    t.match(got(await rig.installations.uninstall(ADMIN, second.id)), { finished: true })
  })

  t.test('uninstalling while it is being installed ends with nothing', async (t) => {
    const rig = await openInstallations(t, { checker, sandbox, waitMs: 50 })
    const members = `async onInstall(ctx) { await ctx.kv.set('a', 1); await new Promise((r) => setTimeout(r, 2000)); await ctx.kv.set('b', 1) }`
    await rig.publish(extensionOf('1.0.0', { members, handlers: ['onInstall'] }))
    const { installation } = got(await install(rig))
    t.equal(installation.state, 'installing')
    const uninstalling = got(await rig.installations.uninstall(ADMIN, installation.id)).installation
    await rig.jobs.runInline(uninstalling.jobId, 20_000)
    t.match(got(await rig.installations.get(ADMIN, installation.id)), { state: 'uninstalled' })
    t.equal(await rig.source.active('org_a', installation.id), undefined)
    t.same((await rig.store.asSystem('a test looks')(kvKeys).find({})).data, [])
  })

  t.test('a version that went away in the meantime is not installed', async (t) => {
    const rig = await open(t)
    const members = `async onInstall() { await new Promise((r) => setTimeout(r, 300)) }`
    await rig.publish(extensionOf('1.0.0', { members, handlers: ['onInstall'] }))
    const installing = install(rig)
    const begun = { where: { state: 'installing' } }
    while ((await rig.store.forOrganization('org_a')(installations).find(begun)).data.length === 0) await turn(5)
    await rig.store
      .asSystem('a test removes')(versions)
      .patch(`${NAME}@1.0.0`, { set: { state: 'removed' } })
    t.match(await installing, { error: { code: 'EXTENSION_LOAD_FAILED', details: { step: 'activating' } } })
  })

  t.test('a list shows what is the organization’s own', async (t) => {
    const rig = await open(t)
    await rig.publish(extensionOf('1.0.0'))
    const { id } = got(await install(rig)).installation
    t.match(got(await rig.installations.list(caller('org_a', 'member'), {})).data, [{ id }])
    t.same(got(await rig.installations.list(caller('org_b'), {})).data, [])
    t.equal(codeOf(await rig.installations.get(caller('org_b'), id)), 'NOT_FOUND')
    t.equal(codeOf(await rig.installations.uninstall(caller('org_b'), id)), 'NOT_FOUND')
  })
})
