import { createHash } from 'node:crypto'
import t from 'tap'
import { eventually } from '../faults/eventually.ts'
import { buildApp, type Person } from '../marketplace/gateway/build-app.ts'
import { startMailServer } from '../marketplace/notifications/start-mail-server.ts'
import { extensionOf } from '../marketplace/rig/open-installations.ts'
import { commentOn } from './comment-on.ts'
import { hears, toldTo } from './hears.ts'
import { joinOrganization } from './join-organization.ts'
import { publishPackage } from './publish-package.ts'

/**
 * The sequence of an installation: each arrow is a step here, in its order, first of one that succeeds, then of one that
 * fails. People: who develops it, who reviews it, a member who wants it and the admin who decides.
 */
const MARKET = '/api/marketplace'
const NAME = '@acme/site-import'
const LISTING = `${MARKET}/catalog/acme/site-import`
const INSTALL = `${MARKET}/install/acme/site-import`
const BROKEN = '@acme/site-export'
const SOON = { withinMs: 30_000 }

const MEMBERS = `
  async onInstall(ctx) {
    await ctx.platform.chantiers.create({ reference: 'WELCOME', name: 'Made at the installation', status: 'PLANNED' })
  },
  on: { async 'timesheets.created'(ctx, event) {
    await ctx.platform.timesheets.update(event.resource.id, { comment: 'Seen by the extension' })
  } },
  schedules: { async nightly(ctx) { await ctx.kv.set('night', 1) } },
`
const HANDLERS = ['on.timesheets.created', 'onInstall', 'schedules.nightly']
const ANNEX = {
  displayName: 'Site import',
  locales: { fr: { reasons: { 'write:chantiers': 'Crée les chantiers de l’ERP' } } },
  permissions: {
    required: [
      { scope: 'write:chantiers', reason: 'Creates the sites of the ERP' },
      { scope: 'read:timesheets', reason: 'Hears of new hours' },
      { scope: 'write:timesheets', reason: 'Comments on them' },
    ],
    optional: [{ scope: 'read:invoices', reason: 'Compares the costs' }],
  },
  events: { subscribes: ['timesheets.created'], emits: [] },
  schedules: [{ name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Paris' }],
}
const GOOD = extensionOf('1.0.0', { members: MEMBERS, handlers: HANDLERS, annex: ANNEX })

/** Writes, and fails then; what it wrote is there for a later one to find, if it was left behind. */
function exporting(version: string, last: string): Uint8Array {
  const members = `
    async onInstall(ctx) {
      const left = await ctx.kv.get('half')
      if (left) throw new Error('something was left behind')
      await ctx.kv.set('half', 1)
      ${last}
    },
    schedules: { async nightly(ctx) { await ctx.kv.set('night', 1) } },
    webhook: { async parse() {} },
  `
  const annex = {
    schedules: ANNEX.schedules,
    webhook: { signature: { scheme: 'github', secretRef: 'hook' } },
    secrets: [{ ref: 'hook', use: 'hmac-sha256' }],
  }
  const handlers = ['onInstall', 'schedules.nightly', 'webhook.parse']
  return extensionOf(version, { name: BROKEN, members, handlers, annex })
}

interface Sheet {
  displayName: string
  version: string
  manifestDigest: string
  required: { scope: string; words: string; reason: string }[]
  optional: { scope: string }[]
  hosts: { host: string }[]
  grant: { manifestDigest: string; scopes: string[]; hosts: string[] }
}

t.test('the installation of an extension', async (t) => {
  const mail = await startMailServer(t)
  const app = await buildApp(t, { mail: { url: mail.url, from: 'market@annex.example' } })
  const publish = await publishPackage(app, await app.operator(), GOOD)
  const admin = await app.person('ana')
  const member = await joinOrganization(app, admin, { name: 'mia', role: 'member' })
  await member.call('PUT', '/api/notifications/settings', { emailOff: [], language: 'fr' })
  let request = ''
  let sheet: Sheet
  let installation = ''
  let failure: Awaited<ReturnType<Person['call']>>

  t.test('U -> M: a member wants it, may not install it, and asks for it', async (t) => {
    t.match((await member.call('GET', `${MARKET}/catalog?q=site`)).body, { data: [{ extension: NAME }] })
    t.match(await member.call('POST', INSTALL, {}), { status: 403, body: { code: 'PERMISSION_DENIED' } })
    const asked = await member.call('POST', `${MARKET}/install-requests`, {
      extension: NAME,
      message: 'For the new sites',
    })
    t.equal(asked.status, 201)
    request = asked.text('id')
    t.match(await hears(admin, 'install_request.created'), [
      { facts: { requestId: request, requestedBy: member.userId, requester: 'mia' }, text: /For the new sites/ },
    ])
    t.ok(await mailTo(admin, /a member asks you to install it/))
    t.match((await admin.call('GET', `${MARKET}/install-requests?state=open`)).body, { data: [{ id: request }] })
  })

  t.test('M -> G: the admin reads what it asks for, in plain words, and says: install', async (t) => {
    const words = async (language: string) => {
      const { permissions } = (await admin.call('GET', `${LISTING}?lang=${language}`)).body as { permissions: Sheet }
      return permissions.required.map(({ words: each, reason }) => `${each}: ${reason}`).join('\n')
    }
    t.match(await words('en'), /Create, change and delete your construction sites: Creates the sites of the ERP/)
    t.match(await words('fr'), /Créer, modifier et supprimer vos chantiers: Crée les chantiers de l’ERP/)
    const answer = await admin.call('POST', INSTALL, {})
    t.match(answer, { status: 409, body: { code: 'CONSENT_REQUIRED' } })
    sheet = (answer.body as { details: Sheet }).details
  })

  t.test('G -> S: the gateway lets nobody through who may not, and routes the rest', async (t) => {
    t.equal((await app.call('POST', INSTALL, { body: {} })).status, 401)
    t.equal((await admin.call('POST', INSTALL, { grant: 'all' })).status, 400)
    t.match(await admin.call('POST', `${MARKET}/install/acme/nothing`, {}), { status: 404 })
  })

  t.test('S -> D, D -> S: the service reads what the extension is', async (t) => {
    t.match(sheet, { displayName: 'Site import', version: '1.0.0' })
    t.match((await app.call('GET', LISTING)).body, { manifestDigest: sheet.grant.manifestDigest })
    t.same(sheet.required.map(({ scope }) => scope).sort(), ['read:timesheets', 'write:chantiers', 'write:timesheets'])
    t.same([sheet.optional.map(({ scope }) => scope), sheet.hosts.length], [['read:invoices'], 1])
  })

  t.test('S -> P, P -> S: the permissions are checked: not wider, not narrower, and for this manifest', async (t) => {
    const { grant } = sheet
    const wider = { ...grant, scopes: [...grant.scopes, 'write:invoices'] }
    t.match(await admin.call('POST', INSTALL, { grant: wider }), {
      status: 400,
      body: { code: 'GRANT_EXCEEDS_MANIFEST' },
    })
    const elsewhere = { ...grant, hosts: [...grant.hosts, 'https://evil.example'] }
    t.equal((await admin.call('POST', INSTALL, { grant: elsewhere })).status, 400)
    const narrower = { ...grant, scopes: ['write:chantiers'] }
    t.match(await admin.call('POST', INSTALL, { grant: narrower }), { body: { code: 'CONSENT_REQUIRED' } })
    const other = { ...grant, manifestDigest: '0'.repeat(64) }
    t.match(await admin.call('POST', INSTALL, { grant: other }), { body: { code: 'CONSENT_REQUIRED' } })
    t.same(await installed(), [], 'nothing was begun')
  })

  t.test('S -> R, R -> S: a sandbox is ready for it', async (t) => {
    t.match((await app.call('GET', '/health')).body, { status: 'ok', isolation: Object })
    const answer = await admin.call('POST', INSTALL, { grant: sheet.grant })
    t.match(answer, { status: 200, body: { state: 'active', version: '1.0.0' } })
    installation = answer.text('id')
  })

  t.test('S -> E, E -> S: the package is fetched, and is the one that was signed', async (t) => {
    const bytes = await fetch(new URL(`${LISTING}/versions/1.0.0/package`, app.url))
    const digest = createHash('sha256')
      .update(Buffer.from(await bytes.arrayBuffer()))
      .digest('hex')
    t.match((await shown()).body, { digest })
    t.match((await app.call('GET', LISTING)).body, {
      digest,
      signature: { alg: 'EdDSA', statement: new RegExp(digest) },
    })
  })

  t.test('S -> R, R -> E, E -> R: it is deployed and initialised', async (t) => {
    const { data } = (await member.call('GET', '/api/v1/chantiers')).body as { data: object[] }
    t.match(data, [{ reference: 'WELCOME', name: 'Made at the installation' }])
  })

  t.test('R -> S: it is tested in its place', async (t) => {
    const runs = await admin.call('GET', `${MARKET}/installations/${installation}/invocations?reason=lifecycle`)
    const { data } = runs.body as { data: { handler: string; outcome: string }[] }
    t.same(data.map(({ handler, outcome }) => `${handler} ${outcome}`).reverse(), [
      '$describe succeeded',
      'onInstall succeeded',
    ])
  })

  t.test('S -> D: it is recorded', async (t) => {
    t.match(await installed(), [{ id: installation, state: 'active', grant: { by: `user:${admin.userId}` } }])
    const trail = (await admin.call('GET', '/api/audit?limit=200')).body as {
      data: { action: string; target: string }[]
    }
    const actions = trail.data.filter(({ target }) => target === installation).map(({ action }) => action)
    for (const action of ['installation.consent', 'installation.activate']) t.ok(actions.includes(action), action)
  })

  t.test('S -> G, G -> M, M -> U: it succeeded, and whoever asked sees it', async (t) => {
    t.match((await member.call('GET', `${MARKET}/installations/${installation}`)).body, { state: 'active' })
    t.match((await member.call('GET', `${MARKET}/install-requests`)).body, {
      data: [{ id: request, state: 'approved', decision: { by: admin.userId, installationId: installation } }],
    })
    t.match(await hears(member, 'install_request.approved'), [{ subject: /votre demande a été acceptée/ }])
  })

  t.test('R -> E: it is active: a member works, and it does its part', async (t) => {
    t.same(await scheduled(1), [installation])
    t.equal(await commentOn(member, 480), 'Seen by the extension')
  })

  t.test('E -> U: member and admin are notified that it is active, each in their language', async (t) => {
    t.match(await hears(member, 'installation.activated'), [
      { subject: `${NAME} 1.0.0: est installée et active`, facts: { installationId: installation }, unread: true },
    ])
    t.match(await hears(admin, 'installation.activated'), [{ subject: `${NAME} 1.0.0: is installed and active` }])
    t.ok(await mailTo(member, /est install=C3=A9e et active/))
    t.ok(await mailTo(admin, /is installed and active/))
    t.same(await events(member), ['install_request.approved', 'installation.activated'])
  })

  t.test('S -> R: of an installation that fails, everything is undone', async (t) => {
    await publish(exporting('1.0.0', "throw new Error('the ERP knows no such account')"))
    const asked = await member.call('POST', `${MARKET}/install-requests`, { extension: BROKEN, message: 'And back' })
    request = asked.text('id')
    const approve = `${MARKET}/install-requests/${request}/approve`
    const { details } = (await admin.call('POST', approve, {})).body as { details: Sheet }
    failure = await admin.call('POST', approve, { grant: details.grant })
    const { installationId } = (failure.body as { details: { installationId: string } }).details
    const path = `${MARKET}/installations/${installationId}`
    t.match((await admin.call('GET', path)).body, { state: 'failed', failure: { step: 'on_install', code: String } })
    const erased = async () => {
      const { data } = (await admin.call('GET', `${path}/invocations`)).body as { data: object[] }
      return data.length === 0 ? data : undefined
    }
    await eventually('what its runs left is gone', erased, SOON)
    t.same(await scheduled(1), [installation])
    t.match((await admin.call('GET', '/api/connectors')).body, { data: [{ id: installation }] })
    t.equal((await admin.call('GET', `${path}/secrets`)).status, 404)
    t.equal((await admin.call('PUT', `${path}/secrets`, { secrets: { hook: 'a secret' } })).status, 404)
  })

  t.test('S -> G, G -> M: the answer is an error with step and code', async (t) => {
    t.match(failure, {
      status: 400,
      body: {
        code: 'EXTENSION_LOAD_FAILED',
        detail: /on_install: .*the ERP knows no such account/,
        details: { step: 'on_install', cause: String, installationId: String },
      },
    })
  })

  t.test('M -> U: and whoever asked is told that it failed, and where', async (t) => {
    const [told] = await hears(member, 'installation.failed')
    t.match(told, { facts: { step: 'on_install', extension: BROKEN }, subject: /n’a pas pu être installée/ })
    t.match(told.text, /Étape on_install[\s\S]*the ERP knows no such account/)
    t.match(await hears(admin, 'installation.failed'), [{ subject: /could not be installed/ }])
    t.match((await member.call('GET', `${MARKET}/install-requests?state=open`)).body, { data: [{ id: request }] })
  })

  t.test('U -> M, again: mended by its author it is installed as if nothing had been', async (t) => {
    await publish(exporting('1.0.1', ''))
    const approve = `${MARKET}/install-requests/${request}/approve`
    const { details } = (await admin.call('POST', approve, {})).body as { details: Sheet }
    const approved = await admin.call('POST', approve, { grant: details.grant })
    t.match(approved, { status: 200, body: { installation: { state: 'active' }, request: { state: 'approved' } } })
    t.match((await hears(member, 'installation.activated', 2)).at(-1), {
      subject: `${BROKEN} 1.0.1: est installée et active`,
    })
    t.equal((await scheduled(2)).length, 2)
  })

  t.test('R -> S, in an upgrade: a failed test leaves the version that runs, and says so', async (t) => {
    const members = `async check() { throw new TypeError('no such thing') }, ${MEMBERS}`
    await publish(extensionOf('1.1.0', { members, handlers: HANDLERS, annex: ANNEX }))
    const upgraded = await admin.call('POST', `${MARKET}/installations/${installation}/upgrade`, {})
    t.match(upgraded, { status: 400, body: { details: { step: 'health_check', version: '1.0.0' } } })
    t.match((await shown()).body, { state: 'active', version: '1.0.0', lastUpgrade: { outcome: 'failed' } })
    t.match(await hears(admin, 'installation.upgrade_failed'), [{ facts: { step: 'health_check', version: '1.1.0' } }])
  })

  function shown() {
    return admin.call('GET', `${MARKET}/installations/${installation}`)
  }

  async function installed(): Promise<object[]> {
    return ((await admin.call('GET', `${MARKET}/installations`)).body as { data: object[] }).data
  }

  /** Whose schedules there are, once there are so many. */
  function scheduled(times: number): Promise<string[]> {
    const ask = async () => {
      const { data } = (await admin.call('GET', '/api/schedules')).body as { data: { installationId: string }[] }
      return data.length >= times ? data.map(({ installationId }) => installationId) : undefined
    }
    return eventually(`${times} schedules`, ask, SOON)
  }

  async function events(person: Person): Promise<string[]> {
    return (await toldTo(person)).map(({ event }) => event)
  }

  function mailTo({ email }: Person, words: RegExp): Promise<string> {
    const found = async () =>
      mail.mails.find(({ to, text }) => to === email && words.test(text.replaceAll('=\r\n', '')))?.text
    return eventually(`a mail that says ${words}`, found, SOON)
  }
})
