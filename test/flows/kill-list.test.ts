import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { buildApp } from '../marketplace/gateway/build-app.ts'
import { install } from '../marketplace/gateway/marketplace-fixtures.ts'
import { extensionOf } from '../marketplace/rig/open-installations.ts'
import { publishPackage } from './publish-package.ts'

const MEMBERS = `
  on: { async 'chantiers.created'(ctx) { await ctx.kv.set('event', 1) } },
  schedules: { async nightly(ctx) { await ctx.kv.set('schedule', 1) } },
  webhook: { async parse(ctx) { await ctx.kv.set('webhook', 1) } },
`
const ANNEX = {
  events: { subscribes: ['chantiers.created'], emits: [] },
  permissions: { required: [{ scope: 'chantiers:*', reason: 'For the test' }] },
  schedules: [{ name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Paris' }],
  webhook: { signature: { scheme: 'github', secretRef: 'hook' } },
  secrets: [{ ref: 'hook', use: 'hmac-sha256' }],
}
const HANDLERS = ['on.chantiers.created', 'schedules.nightly', 'webhook.parse']
const NAME = '@acme/site-import'
const REASON = 'sends what it reads to strangers'

/** The extension answers a test of the connection with no steps, and hears that this is no answer. */
const RAN = { steps: [{ code: 'INVALID_RESULT' }] }

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error('it never came')
}

t.test('what a moderator kills', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  await publishPackage(app, operator, extensionOf('1.0.0', { members: MEMBERS, handlers: HANDLERS, annex: ANNEX }))
  const ada = await app.person('ada')
  const id = await install(ada, NAME)
  const home = `/api/marketplace/installations/${id}`
  await ada.call('PUT', `${home}/secrets`, { secrets: { hook: 'the secret' } })
  const hook = (await ada.call('GET', `${home}/secrets`)).text('webhook.path')
  const sites = {
    direction: 'INBOUND',
    resource: 'chantiers',
    fieldMappings: [{ sourceField: 'name', targetField: 'name' }],
  }
  const draft = { name: 'ERP', slug: 'erp', connectorId: id, streams: { sites } }
  t.equal((await ada.call('POST', '/api/integrations', draft)).status, 201)
  t.match((await ada.call('POST', '/api/integrations/erp/test')).body, RAN, 'control')

  const moderator = await app.person('mod')
  const request = { target: { kind: 'extension', extension: NAME }, action: 'disable', reason: REASON }
  const list = '/api/admin/kill-list'
  t.equal((await moderator.call('POST', list, request)).status, 403, 'not everybody kills')
  t.equal((await moderator.call('GET', list)).status, 403)
  await operator.call('PUT', `/api/admin/users/${moderator.userId}/roles`, { platformRoles: ['moderator'] })
  t.equal((await moderator.call('POST', list, { ...request, action: 'explode' })).status, 400)

  // The rows follow behind: until then each way to start it must end at the gate.
  const killed = await moderator.call('POST', list, { ...request, action: 'block' })
  t.match(killed, { status: 200, body: { seq: 1, live: true, by: `user:${moderator.userId}` } })

  t.test('starts by no door', async (t) => {
    const tested = await ada.call('POST', '/api/integrations/erp/test')
    t.match(tested.body, { ok: false })
    t.match(JSON.stringify(tested.body), /EXTENSION_KILLED.*sends what it reads/)
    await ada.call('POST', '/api/v1/chantiers', { reference: 'A', name: 'A', status: 'ACTIVE' })
    await ada.call('POST', '/api/integrations/erp/sync', {})
    const body = '{}'
    const signature = `sha256=${createHmac('sha256', 'the secret').update(body).digest('hex')}`
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature }
    t.equal((await app.call('POST', hook, { body, headers })).status, 202)
    const [schedule] = ((await ada.call('GET', '/api/schedules')).body as { data: { id: string }[] }).data
    t.equal((await ada.call('POST', `/api/schedules/${schedule?.id}/run`)).status, 202)
    for (const kind of ['events.deliver', 'webhooks.parse', 'schedules.run', 'sync']) {
      const failed = async () => {
        const { data } = await app.services.runtime.jobs.list(ada.organizationId, { limit: 200 })
        return data.find((job) => job.type === kind && JSON.stringify(job).includes('EXTENSION_KILLED'))
      }
      t.ok(await until(failed), kind)
    }
    const runs = await ada.call('GET', `${home}/invocations?reason=event`)
    t.match(runs.body, { data: [] })
  })

  t.test('is installed by nobody else', async (t) => {
    const eve = await app.person('eve')
    const path = `/api/marketplace/install/${NAME.slice(1)}`
    const asked = (await eve.call('POST', path, {})).body as { details: { grant: unknown } }
    const refused = await eve.call('POST', path, { grant: asked.details.grant })
    t.match(refused, { status: 400, body: { details: { step: 'verifying', cause: 'EXTENSION_KILLED' } } })
  })

  t.test('is told to those who have it', async (t) => {
    const warned = await until(async () => {
      const { warning } = (await ada.call('GET', home)).body as { warning?: object }
      return warning
    })
    t.same(warned, { state: 'killed', message: REASON })
    const heard = await until(async () => {
      const { data } = (await ada.call('GET', '/api/notifications')).body as { data: { event: string; text: string }[] }
      return data.find(({ event }) => event === 'installation.blocked')
    })
    t.match(heard.text, /nothing of it runs.*sends what it reads/s)
  })

  t.test('shows in the installation, and runs again when it is lifted', async (t) => {
    await moderator.call('POST', list, request)
    const disabled = await until(async () => {
      const shown = await ada.call('GET', home)
      return (shown.body as { state: string }).state === 'disabled' ? shown : undefined
    })
    t.match(JSON.stringify(disabled.body), new RegExp(`killed.*${REASON}`))
    for (const seq of [1, 2]) await moderator.call('POST', `${list}/${seq}/lift`, { reason: 'it was another one' })
    const mended = await until(async () => {
      const shown = await ada.call('GET', home)
      return shown.text('state') === 'active' ? shown : undefined
    })
    t.equal((mended.body as { warning?: unknown }).warning, undefined)
    const tested = await ada.call('POST', '/api/integrations/erp/test')
    t.match(tested.body, RAN)
    t.equal((await moderator.call('POST', `${list}/1/lift`, { reason: 'again' })).status, 409)
  })

  t.test('is there for whoever follows the list elsewhere', async (t) => {
    const all = await app.call('GET', '/api/marketplace/kill-list')
    t.match(all.body, {
      seq: 4,
      more: false,
      entries: [{ seq: 1, reason: REASON }, {}, {}, { seq: 4, action: 'lift' }],
    })
    t.notMatch(JSON.stringify(all.body), moderator.userId)
    const again = { headers: { 'if-none-match': all.headers.get('etag') ?? '' } }
    t.equal((await app.call('GET', '/api/marketplace/kill-list', again)).status, 304)
    t.match((await app.call('GET', '/api/marketplace/kill-list?after=3')).body, { entries: [{ seq: 4 }] })
    t.match((await app.call('GET', '/health')).body, { status: 'ok', killList: { seq: 4, fresh: true } })
  })

  t.test('goes when it is to be uninstalled', async (t) => {
    await moderator.call('POST', list, { ...request, action: 'uninstall' })
    const gone = async () => ((await ada.call('GET', home)).text('state') === 'uninstalled' ? true : undefined)
    t.ok(await until(gone))
  })
})
