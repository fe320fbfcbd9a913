import t, { type Test } from 'tap'
import { hold, release } from '../../../marketplace/installations/hold.ts'
import { UPGRADE_LIMITS } from '../../../marketplace/installations/upgrade-limits.ts'
import { eventually } from '../../faults/eventually.ts'
import { hears, toldTo } from '../../flows/hears.ts'
import { joinOrganization } from '../../flows/join-organization.ts'
import { publishPackage } from '../../flows/publish-package.ts'
import { buildApp, type Person } from '../gateway/build-app.ts'
import { extensionOf } from '../rig/open-installations.ts'
import { startMailServer } from './start-mail-server.ts'

const MARKET = '/api/marketplace'
const NAME = '@acme/site-import'
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const FAILING = `streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() { throw new Error('broken') } } }`

async function consented(admin: Person, path: string): Promise<ReturnType<Person['call']>> {
  const { details } = (await admin.call('POST', path, {})).body as { details: { grant: unknown } }
  return admin.call('POST', path, { grant: details.grant })
}

async function ask(member: Person, message = 'For the new sites'): Promise<string> {
  return (await member.call('POST', `${MARKET}/install-requests`, { extension: NAME, message })).text('id')
}

t.test('telling the people of an organization', async (t) => {
  const mail = await startMailServer(t)
  const app = await buildApp(t, { mail: { url: mail.url, from: 'market@annex.example' } })
  const publish = await publishPackage(app, await app.operator(), extensionOf('1.0.0'))

  async function people(t: Test) {
    const name = t.name.replaceAll(/[^a-z]+/g, '-').slice(0, 30)
    const owner = await app.person(`ada-${name}`)
    const admin = await joinOrganization(app, owner, { name: `bob-${name}`, role: 'admin' })
    const member = await joinOrganization(app, owner, { name: `mia-${name}`, role: 'member' })
    return { owner, admin, member }
  }
  const changes = { ...app.services, audit: app.services.runtime.audit }

  t.test('a request is told to the admins, its answer to who asked', async (t) => {
    const { owner, admin, member } = await people(t)
    const [stranger, other] = [
      await app.person('stranger'),
      await joinOrganization(app, owner, { name: 'otto', role: 'member' }),
    ]
    const declined = await ask(member)
    const [request] = await hears(admin, 'install_request.created')
    t.match(request, { facts: { extension: NAME, requestId: declined, requestedBy: member.userId } })
    t.match(request?.text, /a member asks you to install it[\s\S]*Asked for by mia-[\s\S]*For the new sites/)
    await hears(owner, 'install_request.created')
    await admin.call('POST', `${MARKET}/install-requests/${declined}/decline`, { reason: 'Too early' })
    t.match((await hears(member, 'install_request.declined'))[0], { text: /was declined[\s\S]*Too early/ })

    const approved = await ask(member)
    t.equal((await consented(admin, `${MARKET}/install-requests/${approved}/approve`)).status, 200)
    await hears(member, 'installation.activated')
    t.same(await events(member), ['install_request.declined', 'install_request.approved', 'installation.activated'])
    t.match((await hears(admin, 'installation.activated')).at(-1), {
      subject: `${NAME} 1.0.0: is installed and active`,
    })
    await eventually('the mail is there', async () => mail.mails.find(({ to }) => to === member.email), {
      withinMs: 30_000,
    })
    for (const nobody of [stranger, other]) t.same(await toldTo(nobody), [])
    t.same(await events(owner), ['install_request.created', 'install_request.created'])
  })

  t.test('who asked is told when an admin installs on the own account, and the request is closed', async (t) => {
    const { owner, member } = await people(t)
    const id = await ask(member)
    const installed = await consented(owner, `${MARKET}/install/acme/site-import`)
    await hears(member, 'installation.activated')
    t.same(await events(member), ['install_request.approved', 'installation.activated'])
    t.match((await member.call('GET', `${MARKET}/install-requests`)).body, {
      data: [{ id, state: 'approved', decision: { by: owner.userId, installationId: installed.text('id') } }],
    })
  })

  t.test('a failed installation is told with its step, and the request stays open', async (t) => {
    const members = 'async onInstall() { throw new Error("no licence") }'
    await publish(extensionOf('1.0.1', { members, handlers: ['onInstall'] }))
    const { owner, admin, member } = await people(t)
    const id = await ask(member)
    t.equal((await consented(admin, `${MARKET}/install-requests/${id}/approve`)).status, 400)
    for (const person of [member, admin]) {
      const told = (await hears(person, 'installation.failed')).at(-1)
      t.match(told, { facts: { step: 'on_install', code: String }, text: /Step on_install[\s\S]*no licence/ })
    }
    t.match((await member.call('GET', `${MARKET}/install-requests`)).body, { data: [{ id, state: 'open' }] })
    t.notOk((await events(owner)).includes('installation.failed'), 'who did not begin it')
    await publish(extensionOf('1.0.2'))
  })

  t.test('admins are told what stops it and that it runs again, each in their language', async (t) => {
    const { owner, admin, member } = await people(t)
    await admin.call('PUT', '/api/notifications/settings', { emailOff: ['installation.disabled'], language: 'fr' })
    const id = (await consented(owner, `${MARKET}/install/acme/site-import`)).text('id')
    const actor = { kind: 'system', organizationId: owner.organizationId } as const
    const reasons = ['killed', 'errors', 'licence', 'incompatible', 'invalid_signature'] as const
    for (const reason of reasons) await hold(changes, actor, id, { reason, message: `because of ${reason}` })
    const [english, french] = [
      await hears(owner, 'installation.disabled', reasons.length),
      await hears(admin, 'installation.disabled', reasons.length),
    ]
    t.same(
      english.map(({ facts }) => facts.reason),
      [...reasons],
    )
    t.equal(new Set(english.map(({ text }) => text)).size, reasons.length)
    t.match(english[0]?.text, /does not run any more[\s\S]*The marketplace stopped it[\s\S]*because of killed/)
    t.match(french[0]?.text, /ne fonctionne plus[\s\S]*La place de marché l’a arrêtée/)
    await release(changes, actor, id, ['killed', 'errors', 'licence'])
    await release(changes, actor, id, ['incompatible', 'invalid_signature'])
    t.match((await hears(owner, 'installation.enabled')).at(-1), { subject: /runs again/ })
    await owner.call('POST', `${MARKET}/installations/${id}/disable`)
    await owner.call('POST', `${MARKET}/installations/${id}/enable`)
    await ask(member)
    await hears(admin, 'install_request.created')
    const all = await events(admin)
    t.equal(all.filter((event) => event === 'installation.enabled').length, 1, 'not before the last reason is gone')
    t.equal(all.filter((event) => event === 'installation.disabled').length, reasons.length, 'nor what admins do')
    await eventually(
      'the mail is there',
      async () => mailTo(admin).find((text) => /fonctionne de nouveau/.test(text)),
      {
        withinMs: 30_000,
      },
    )
    t.notOk(
      mailTo(admin).some((text) => /ne fonctionne plus/.test(text)),
      'what is not wanted comes by no mail',
    )
    await eventually('so is the other', async () => mailTo(owner).find((text) => /does not run any more/.test(text)), {
      withinMs: 30_000,
    })
  })

  t.test('admins are told of a version that waits for them, and of one that went back by itself', async (t) => {
    const { owner, admin } = await people(t)
    const id = (await consented(owner, `${MARKET}/install/acme/site-import`)).text('id')
    const path = `${MARKET}/installations/${id}`
    await owner.call('PUT', `${path}/policy`, {
      policy: { auto: 'any', minAgeHours: 0, channel: 'latest', excludes: [] },
    })
    await publish(extensionOf('1.1.0', { annex: { permissions: { required: [WRITE, READ] } }, members: FAILING }))
    await app.services.installations.sweep()
    const waiting = (await hears(admin, 'installation.upgrade_pending_consent')).at(-1)
    t.match(waiting, { facts: { version: '1.1.0', from: '1.0.2' }, text: /waits for your consent/ })
    t.equal((await consented(owner, `${path}/upgrade`)).status, 200)
    const { jobs, invocations } = app.services.runtime
    const organizationId = owner.organizationId
    for (let i = 0; i < UPGRADE_LIMITS.failures; i++)
      await invocations.invoke({
        ...{ organizationId, installationId: id, reason: 'sync' },
        ...{ handler: ['streams', 'sites', 'read'], args: [{}] },
      })
    app.clock.ahead += UPGRADE_LIMITS.watchEveryMs
    await jobs.runDue()
    const back = (await hears(admin, 'installation.rolled_back')).at(-1)
    t.match(back, {
      subject: /1\.0\.2: runs again/,
      facts: { from: '1.1.0', code: 'ERRORS' },
      text: /3 of 3 runs.*broken/,
    })
  })

  t.test('a draft is the affair of its author', async (t) => {
    const { owner, admin, member } = await people(t)
    const gzip = { 'content-type': 'application/gzip' }
    const draft = await owner.call('POST', `${MARKET}/drafts`, extensionOf('9.0.0', { name: '@own/sites' }), gzip)
    const installed = await consented(owner, `${MARKET}/drafts/${draft.text('id')}/install`)
    t.match(installed.body, { state: 'active' })
    await ask(member)
    await hears(admin, 'install_request.created')
    t.same(await events(owner), ['install_request.created'])
    t.same(await events(member), [])
  })

  t.test('who left is told nothing more', async (t) => {
    const { owner, admin, member } = await people(t)
    await ask(member)
    await hears(admin, 'install_request.created')
    await owner.call('DELETE', `/api/organizations/${owner.organizationId}/members/${member.userId}`)
    await consented(owner, `${MARKET}/install/acme/site-import`)
    await hears(owner, 'installation.activated')
    t.same(await toldTo(member), [])
  })

  async function events(person: Person): Promise<string[]> {
    return (await toldTo(person)).map(({ event }) => event)
  }

  function mailTo({ email }: Person): string[] {
    return mail.mails.filter(({ to }) => to === email).map(({ text }) => decoded(text))
  }
})

/** Quoted-printable, as far as it is needed to read French. */
function decoded(text: string): string {
  const bytes = text.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`)
  try {
    return decodeURIComponent(bytes)
  } catch {
    return bytes
  }
}
