import Stripe from 'stripe'
import { type ExampleRun, type InstalledExample, inbound, integrate, recordsOf, sync, until } from '../example-run.ts'
import { createStripeUpstream } from '../stripe-upstream.ts'

const SECRET = 'whsec_made_up_for_the_test'
const upstream = createStripeUpstream('the-stripe-key')
const sdk = new Stripe('the-stripe-key')

export const stripePayments: ExampleRun = {
  name: 'stripe-payments',
  hosts: { 'api.stripe.com': upstream.answer },
  async run(t, installed) {
    const { app, admin, id } = installed
    const invoice = { number: 'F-1', status: 'ISSUED', client: 'Ada', amount: '12.50', currency: 'EUR' }
    const invoiceId = (await admin.call('POST', '/api/v1/invoices', invoice)).text('id')
    const path = await connect(installed)
    const act = async (action: string, params: object) =>
      (await admin.call('POST', `${path}/actions/${action}`, params)).body as { ok: boolean; result: { id: string } }
    t.match((await admin.call('POST', `${path}/test`)).body, { ok: true, steps: [{ message: /for tests/ }] })

    const customer = await act('createCustomer', { email: 'ada+1@example.com', name: 'Ada & Co' })
    t.match(customer, { ok: true, result: { created: true } })
    const again = await act('createCustomer', { email: 'ada+1@example.com', name: 'Ada & Co' })
    t.match(again, { result: { id: customer.result.id, created: false } })
    const wish = {
      amount: 1250,
      currency: 'EUR',
      idempotencyKey: 'order-4711',
      invoiceId,
      customer: customer.result.id,
    }
    upstream.failNext(503)
    const paid = await act('createPaymentIntent', wish)
    t.match(paid, { ok: true, result: { status: 'requires_payment_method', clientSecret: /_secret_/ } })
    t.same(await act('createPaymentIntent', wish).then(({ result }) => result), paid.result, 'charged once')
    t.equal(upstream.intents.length, 1)
    t.match(upstream.intents[0], { amount: 1250, currency: 'eur', metadata: { invoiceId } })

    const { webhook } = (await admin.call('GET', `/api/marketplace/installations/${id}/secrets`)).body as {
      webhook: { path: string }
    }
    const send = (type: string, event: string, secret = SECRET, timestamp = seconds()) => {
      const payload = JSON.stringify({ id: event, object: 'event', type, data: { object: upstream.intents[0] } })
      const header = sdk.webhooks.generateTestHeaderString({ payload, secret, timestamp })
      const headers = { 'content-type': 'application/json', 'stripe-signature': header }
      return app.call('POST', webhook.path, { headers, body: payload })
    }
    const set = { secrets: { webhookSecret: SECRET } }
    t.equal((await admin.call('PUT', `/api/marketplace/installations/${id}/secrets`, set)).status, 200)
    t.equal((await send('payment_intent.succeeded', 'evt_1', 'whsec_another')).status, 401)
    t.equal((await send('payment_intent.succeeded', 'evt_1', SECRET, seconds() - 3_600)).status, 401, 'too old')
    t.equal((await send('payment_intent.succeeded', 'evt_1')).status, 202)
    t.equal((await send('payment_intent.succeeded', 'evt_1')).status, 200, 'once')
    t.equal((await send('payment_intent.payment_failed', 'evt_2')).status, 202)
    const types = await until(async () => {
      const { data } = (await admin.call('GET', '/api/events')).body as { data: { type: string }[] }
      const emitted = data.map(({ type }) => type).filter((type) => type.startsWith('stripe.'))
      return emitted.length >= 2 ? emitted.sort() : undefined
    })
    t.same(types, ['stripe.payment.failed', 'stripe.payment.succeeded'])
    t.match((await admin.call('GET', `/api/v1/invoices/${invoiceId}`)).body, { status: 'PAID' })

    t.match(await sync(admin, path), { read: 1, created: 1 })
    const numbers = (await recordsOf(admin, 'invoices')).map(({ number, amount }) => [number, amount])
    t.same(numbers.sort(), [
      ['F-1', '12.50'],
      [upstream.intents[0]?.id, '12.50'],
    ])
  },
}

function connect(installed: InstalledExample): Promise<string> {
  const fields = { id: 'number', decimalAmount: 'amount', currency: 'currency', createdOn: 'issuedOn' }
  const paymentIntents = inbound('invoices', fields, { status: 'ISSUED', client: 'Stripe' })
  return integrate(installed, 'stripe', { credentials: { secretKey: 'the-stripe-key' }, streams: { paymentIntents } })
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
