import t from 'tap'
import { drafts } from '../../../marketplace/publishing/drafts-collection.ts'
import { eventually } from '../../faults/eventually.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { extensionOf } from '../rig/open-installations.ts'
import { buildApp, type Person } from './build-app.ts'
import { submit } from './marketplace-fixtures.ts'

const DRAFTS = '/api/marketplace/drafts'
const INSTALLATIONS = '/api/marketplace/installations'
const DAY_MS = 24 * 3_600_000

const upload = (who: Person, bytes: Uint8Array) =>
  who.call('POST', DRAFTS, bytes, { 'content-type': 'application/gzip' })

/** As an author does: reads the consent, grants what it asks for. */
async function installDraft(who: Person, id: string, more: object = {}) {
  const asked = await who.call('POST', `${DRAFTS}/${id}/install`, {})
  const { details } = asked.body as { details?: { grant: object } }
  if (asked.status !== 409 || !details) throw new Error(`no consent asked: ${JSON.stringify(asked.body)}`)
  return who.call('POST', `${DRAFTS}/${id}/install`, { grant: details.grant, ...more })
}

const greeting = (text: string, config = 'greeting') =>
  extensionOf('1.0.0', {
    handlers: ['on.erp.site.seen'],
    members: `on: { 'erp.site.seen': async () => {} }, actions: { greet: { params: {}, run: async (ctx) => '${text} ' + ctx.config.${config} } }`,
    annex: {
      events: { subscribes: ['erp.site.seen'], emits: [] },
      config: { type: 'object', properties: { [config]: { type: 'string' } }, additionalProperties: false },
    },
  })

t.test('drafts', async (t) => {
  const app = await buildApp(t)
  const { store, installations, runtime, catalog } = app.services
  const author = await app.person('author')
  const { organizationId } = author
  const [first, second] = [greeting('hello'), greeting('good day')]
  let draftId = ''
  let installationId = ''
  const greet = () =>
    runtime.invocations.invoke({
      ...{ organizationId, installationId, handler: ['actions', 'greet', 'run'], args: [{}], reason: 'test' },
    })

  t.test('a package that the check refuses comes back with its findings', async (t) => {
    const refused = await upload(author, changedPackage({ files: { LICENSE: undefined } }))
    t.match(refused, { status: 400, body: { code: 'PACKAGE_INVALID' } })
    t.ok((refused.body as { details: { findings: unknown[] } }).details.findings.length > 0)
    t.match(await upload(author, new TextEncoder().encode('no tarball')), { body: { code: 'PACKAGE_INVALID' } })
    t.same((await author.call('GET', DRAFTS)).body, { data: [] })
  })

  t.test('its author installs one with the same consent, and it is marked', async (t) => {
    const sent = await upload(author, first)
    t.equal(sent.status, 201)
    draftId = sent.text('id')
    const installed = await installDraft(author, draftId, { config: { greeting: 'you' } })
    t.equal(installed.status, 200, JSON.stringify(installed.body))
    installationId = installed.text('id')
    t.match(installed.body, { state: 'active', draft: { id: draftId }, events: ['erp.site.seen'] })
    t.match((await author.call('GET', INSTALLATIONS)).body, { data: [{ id: installationId, draft: { id: draftId } }] })
    t.match((await author.call('GET', '/api/connectors')).body, { data: [{ id: installationId }] })
    t.match(await greet(), { ok: true, value: 'hello you' })
    const explained = await author.call('GET', `${INSTALLATIONS}/${installationId}/explain?scope=write:chantiers`)
    t.match(explained.body, { asked: 'required', allowed: true })
  })

  t.test('nobody else sees anything of it', async (t) => {
    const other = await app.person('other')
    t.equal((await other.call('GET', `${DRAFTS}/${draftId}`)).status, 404)
    t.equal((await other.call('POST', `${DRAFTS}/${draftId}/install`, {})).status, 404)
    t.same((await other.call('GET', DRAFTS)).body, { data: [] })
    await catalog.start()
    t.match((await app.call('GET', '/api/marketplace/catalog')).body, { data: [] })
    t.equal((await other.call('POST', '/api/marketplace/install/acme/site-import', {})).status, 404)
  })

  t.test('a member of the organization may not', async (t) => {
    const invited = await author.call('POST', `/api/organizations/${organizationId}/invitations`, {
      ...{ email: 'member@member.example', role: 'member' },
    })
    const member = await app.person('member', { invitation: invited.text('token') })
    const headers = { 'x-organization': organizationId }
    t.equal((await member.call('GET', DRAFTS, undefined, headers)).status, 403)
    t.equal((await member.call('POST', `${DRAFTS}/${draftId}/install`, {}, headers)).status, 403)
    const type = { 'content-type': 'application/gzip' }
    t.equal((await member.call('POST', DRAFTS, first, { ...headers, ...type })).status, 403)
  })

  t.test('newer bytes take its place, with its settings; the older ones end', async (t) => {
    const newer = (await upload(author, second)).text('id')
    t.match(await greet(), { value: 'hello you' }, 'uploading changes nothing yet')
    const replaced = await installDraft(author, newer)
    t.equal(replaced.status, 200, JSON.stringify(replaced.body))
    t.match(replaced.body, { id: installationId, state: 'active', draft: { id: newer } })
    t.match(await greet(), { ok: true, value: 'good day you' })
    await installations.sweep()
    t.equal((await author.call('GET', `${DRAFTS}/${draftId}`)).status, 404)
    draftId = newer
    const again = await installDraft(author, newer)
    t.match(again, { status: 200, body: { id: installationId } }, 'the same again is there already')
  })

  t.test('settings that the newer one does not take are refused, and the older one goes on', async (t) => {
    const odd = (await upload(author, greeting('hi', 'salute'))).text('id')
    t.match(await installDraft(author, odd), { status: 400, body: { code: 'CONFIG_INVALID' } })
    t.match(await greet(), { ok: true, value: 'good day you' })
    t.equal((await author.call('GET', `${DRAFTS}/${draftId}`)).status, 200)
  })

  t.test('a publisher of others lends its name to no draft', async (t) => {
    await submit(await app.person('publisher'))
    t.match(await upload(author, first), { status: 403, body: { code: 'PUBLISHER_FORBIDDEN' } })
  })

  t.test('after 7 days it is gone, with its bytes', async (t) => {
    const document = await store.forOrganization(organizationId)(drafts).get(draftId)
    const { digest = '', reportId = '' } = document ?? {}
    t.ok(await store.blobs.get(digest))
    app.clock.ahead += 7 * DAY_MS - 60_000
    await installations.sweep()
    t.match(await greet(), { ok: true })
    app.clock.ahead += 60_000
    await installations.sweep()
    t.match(await greet(), { ok: false, failure: { code: 'NOT_FOUND' } })
    // The queue runs by itself: the job may be in its hands already.
    await eventually(
      'the draft is gone',
      async () => {
        await runtime.jobs.runDue()
        await installations.sweep()
        return (await store.forOrganization(organizationId)(drafts).find({})).data.length === 0 ? true : undefined
      },
      { withinMs: 30_000 },
    )
    t.notOk((await store.blobs.get(digest)) ?? (await store.blobs.get(reportId)))
    await runtime.audit.flush()
    const actions = (await runtime.audit.list(organizationId, { limit: 200 })).data.map(({ action }) => action)
    for (const action of ['draft.upload', 'installation.draft', 'installation.draft_expired'])
      t.ok(actions.includes(action), action)
  })
})
