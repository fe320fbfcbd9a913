import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { buildApp, type Person } from '../marketplace/gateway/build-app.ts'
import { install } from '../marketplace/gateway/marketplace-fixtures.ts'
import { extensionOf } from '../marketplace/rig/open-installations.ts'
import { publishPackage } from './publish-package.ts'

const MEMBERS = `
  on: {
    async 'chantiers.created'(ctx, event) {
      if (event.data.record.reference === 'LOOP') await again(ctx, event)
    },
    async 'chantiers.updated'(ctx, event) {
      if (event.data.record.reference === 'LOOP') await again(ctx, event)
    },
    async INVOICE_ISSUED(ctx, event) {
      const tries = (await ctx.kv.get('tries'))?.value ?? 0
      await ctx.kv.set('tries', tries + 1)
      if (tries === 0) throw new Error('not at the first try')
      await ctx.events.emit('acme.invoice.seen', { ...event.data, type: event.type })
    },
    async 'acme.invoice.seen'(ctx, event) {
      await site(ctx, 'SEEN', event.extension + ' ' + JSON.stringify(event.data))
    },
    async 'acme.never'(ctx) { throw new TypeError('always wrong') },
  },
  schedules: { async nightly(ctx) { await site(ctx, 'NIGHT', 'ran') } },
  webhook: {
    async parse(ctx, request) {
      const { kind } = JSON.parse(request.body)
      if (kind === 'dead') return { events: [{ type: 'acme.never', data: {} }] }
      const mac = await ctx.secrets.hmac('signingKey', new TextEncoder().encode('to sign'))
      await site(ctx, 'HOOK', Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('') + Object.keys(request.headers).includes('x-hub-signature-256'))
    },
  },
} }
async function again(ctx, event) {
  await ctx.platform.chantiers.update(event.resource.id, { name: event.data.record.name + '!' })
}
async function site(ctx, reference, name) {
  await ctx.platform.chantiers.create({ reference, name, status: 'ACTIVE' })
}
var unused = { default: {`

const HANDLERS = [
  ...['chantiers.created', 'chantiers.updated', 'INVOICE_ISSUED', 'acme.invoice.seen', 'acme.never'].map(
    (e) => `on.${e}`,
  ),
  ...['schedules.nightly', 'webhook.parse'],
].sort()

const ANNEX = {
  permissions: {
    required: ['read:chantiers', 'write:chantiers', 'read:invoices'].map((scope) => ({
      scope,
      reason: 'For the test',
    })),
  },
  events: {
    subscribes: ['chantiers.created', 'chantiers.updated', 'INVOICE_ISSUED', 'acme.invoice.seen', 'acme.never'],
    emits: ['acme.invoice.seen', 'acme.never'],
  },
  schedules: [{ name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Paris' }],
  webhook: { signature: { scheme: 'github', secretRef: 'hookSecret' } },
  secrets: ['signingKey', 'hookSecret'].map((ref) => ({ ref, use: 'hmac-sha256' })),
}

t.test('an extension reacts to events, the clock and webhooks', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  await publishPackage(app, operator, extensionOf('1.0.0', { members: MEMBERS, handlers: HANDLERS, annex: ANNEX }))
  const ada = await app.person('ada')
  const id = await install(ada, '@acme/site-import')
  const path = `/api/marketplace/installations/${id}`

  t.test('a circle of reactions ends, and the admin sees where', async (t) => {
    const made = await ada.call('POST', '/api/v1/chantiers', { reference: 'LOOP', name: 'A', status: 'ACTIVE' })
    t.equal(made.status, 201)
    const stopped = await until(async () => (await deliveries(ada, 'STOPPED'))[0])
    t.match(stopped, { type: 'chantiers.updated', reason: /8 reactions/ })
    const site = await ada.call('GET', `/api/v1/chantiers/${made.text('id')}`)
    t.equal(site.text('name'), `A${'!'.repeat(8)}`)
  })

  t.test('a business event comes after a try that failed, and what is emitted comes too', async (t) => {
    const draft = { number: 'F-1', status: 'DRAFT', client: 'Ida', amount: '12.50', currency: 'EUR' }
    const made = await ada.call('POST', '/api/v1/invoices', draft)
    t.equal(made.status, 201, JSON.stringify(made.body))
    const issued = await ada.call('PATCH', `/api/v1/invoices/${made.text('id')}`, { status: 'ISSUED' })
    t.equal(issued.status, 200, JSON.stringify(issued.body))
    const seen = await until(() => siteOf(ada, 'SEEN'))
    const [extension, data = ''] = seen.name.split(/ (.*)/)
    t.equal(extension, '@acme/site-import')
    t.match(JSON.parse(data), { invoiceId: made.text('id'), amount: '12.50', type: 'INVOICE_ISSUED' })
    const events = (await ada.call('GET', '/api/events')).body as { data: { type: string; deliveries: unknown[] }[] }
    t.match(
      events.data.find(({ type }) => type === 'acme.invoice.seen'),
      { deliveries: [{ installationId: id }] },
    )
  })

  t.test('an admin has a schedule run, pauses it, and it follows the installation', async (t) => {
    const schedule = await until(async () => (await schedules(ada))[0])
    t.match(schedule, { name: 'nightly', paused: false, nextRunAt: /T0[12]:00:00.000Z$/ })
    t.equal((await ada.call('POST', `/api/schedules/${schedule.id}/run`)).status, 202)
    await until(() => siteOf(ada, 'NIGHT'))
    t.match(await until(async () => (await schedules(ada))[0]?.lastRun), { outcome: 'succeeded' })
    t.match((await ada.call('POST', `/api/schedules/${schedule.id}/pause`)).body, { paused: true })
    t.notOk((await schedules(ada))[0]?.nextRunAt)
    t.match((await ada.call('POST', `/api/schedules/${schedule.id}/resume`)).body, { nextRunAt: String })
    await ada.call('POST', `${path}/disable`)
    await until(async () => ((await schedules(ada))[0]?.nextRunAt === undefined ? true : undefined))
    t.equal((await ada.call('POST', `/api/schedules/${schedule.id}/run`)).status, 409)
    await ada.call('POST', `${path}/enable`)
    await until(async () => (await schedules(ada))[0]?.nextRunAt)
  })

  t.test('a signed webhook is stored, read once, and signs with a secret that stays on the host', async (t) => {
    const slots = await ada.call('GET', `${path}/secrets`)
    t.match(slots.body, { secrets: [{ ref: 'hookSecret' }, { ref: 'signingKey', use: 'hmac-sha256' }] })
    const hook = slots.text('webhook.path')
    t.equal((await app.call('POST', hook, { body: '{}' })).status, 503, 'no secret yet')
    const unknown = await ada.call('PUT', `${path}/secrets`, { secrets: { other: 'x' } })
    t.equal(unknown.status, 400)
    const set = { secrets: { signingKey: 'the signing key', hookSecret: 'the hook secret' } }
    t.notMatch(JSON.stringify((await ada.call('PUT', `${path}/secrets`, set)).body), /the (signing|hook)/)

    const send = (body: string, secret = 'the hook secret') =>
      app.call('POST', hook, {
        body,
        headers: {
          'content-type': 'application/json',
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        },
      })
    t.equal((await app.call('POST', hook, { body: '{}' })).status, 401, 'not signed')
    t.equal((await send('{"kind":"good"}', 'another secret')).status, 401)
    t.equal((await app.call('POST', '/api/webhooks/in/whs_unknown', { body: '{}' })).status, 404)
    t.equal((await send('{"kind":"good"}')).status, 202)
    t.match(await send('{"kind":"good"}'), { status: 200, body: { duplicate: true } })
    const site = await until(() => siteOf(ada, 'HOOK'))
    t.equal(site.name, `${createHmac('sha256', 'the signing key').update('to sign').digest('hex')}false`)
    const list = (await ada.call('GET', `${path}/webhooks`)).body as { data: unknown[] }
    t.equal(list.data.length, 1)
    t.equal((await send('{"kind":"dead"}')).status, 202)
    t.equal((await send('x'.repeat(512 * 1024 + 1))).status, 413)

    t.equal((await send('no JSON')).status, 202)
    const dead = await until(async () => {
      app.clock.ahead += 60_000
      const { data } = (await ada.call('GET', `${path}/webhooks`)).body as { data: { id: string; state: string }[] }
      return data.find(({ state }) => state === 'DEAD')
    })
    t.match(await ada.call('POST', `/api/webhooks/${dead.id}/retry`), { status: 202, body: { state: 'PENDING' } })
    t.equal((await ada.call('POST', `/api/webhooks/${dead.id}/retry`)).status, 409, 'it is on its way')
  })

  t.test('what no try delivers is a dead letter that an admin has tried again', async (t) => {
    const dead = await until(async () => {
      app.clock.ahead += 60_000
      return (await deliveries(ada, 'DEAD'))[0]
    })
    t.match(dead, { type: 'acme.never', attempts: 5, lastError: { message: /always wrong/ } })
    const retried = await ada.call('POST', `/api/events/deliveries/${dead.id}/retry`)
    t.match(retried, { status: 202, body: { state: 'PENDING' } })
    t.equal((await ada.call('POST', `/api/events/deliveries/${dead.id}/retry`)).status, 409)
  })

  t.test('others see and touch none of it', async (t) => {
    const eve = await app.person('eve')
    t.same(((await eve.call('GET', '/api/events/deliveries')).body as { data: unknown[] }).data, [])
    t.same(await schedules(eve), [])
    t.equal((await eve.call('GET', `${path}/secrets`)).status, 404)
    const [mine] = await schedules(ada)
    t.equal((await eve.call('POST', `/api/schedules/${mine?.id}/run`)).status, 404)
  })

  t.test('nothing of it is left when it is uninstalled', async (t) => {
    const gone = await ada.call('DELETE', path)
    t.ok(gone.status < 300)
    await until(async () => ((await schedules(ada)).length === 0 ? true : undefined))
    await until(async () => ((await deliveries(ada)).length === 0 ? true : undefined))
  })
})

interface ShownSchedule {
  id: string
  nextRunAt?: string
  lastRun?: object
}

async function schedules(person: Person): Promise<ShownSchedule[]> {
  return ((await person.call('GET', '/api/schedules')).body as { data: ShownSchedule[] }).data
}

async function deliveries(person: Person, state?: string): Promise<{ id: string }[]> {
  const path = `/api/events/deliveries${state === undefined ? '' : `?state=${state}`}`
  return ((await person.call('GET', path)).body as { data: { id: string }[] }).data
}

async function siteOf(person: Person, reference: string): Promise<{ name: string } | undefined> {
  const answer = await person.call('GET', `/api/v1/chantiers?reference=${reference}`)
  return (answer.body as { data: { name: string }[] }).data[0]
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error('it never came')
}
