import { defineConnector } from '@annex/sdk'
import { check } from './check.ts'
import { createCustomer } from './create-customer.ts'
import { createPaymentIntent } from './create-payment-intent.ts'
import { customers, paymentIntents } from './streams.ts'
import { parseWebhook } from './webhook.ts'

export default defineConnector({
  check,
  streams: { paymentIntents, customers },
  actions: { createPaymentIntent, createCustomer },
  webhook: { parse: parseWebhook },
})
