import type { ConnectorDefinition, Context, JsonObject } from '@annex/sdk'
import { postStripe } from './stripe-api.ts'

interface Intent {
  id: string
  status: string
  client_secret: string
}

/** Asks for money: the answer's `clientSecret` is what the payment page shows Stripe. */
export const createPaymentIntent: NonNullable<ConnectorDefinition['actions']>[string] = {
  params: {
    type: 'object',
    properties: {
      amount: {
        type: 'integer',
        minimum: 1,
        maximum: 99_999_999,
        description: 'In the smallest unit: 1250 is 12.50 €',
      },
      currency: { type: 'string', pattern: '^[A-Za-z]{3}$', description: 'ISO 4217' },
      idempotencyKey: {
        type: 'string',
        minLength: 8,
        maxLength: 200,
        description: 'The same for each try of a payment',
      },
      customer: { type: 'string', pattern: '^cus_[A-Za-z0-9]{1,64}$', description: 'As createCustomer gives it' },
      invoiceId: { type: 'string', maxLength: 64, description: 'The invoice that becomes PAID when this succeeds' },
      description: { type: 'string', maxLength: 500 },
    },
    required: ['amount', 'currency', 'idempotencyKey'],
    additionalProperties: false,
  },
  async run(ctx: Context, params: JsonObject) {
    const { amount, currency, customer, invoiceId, description } = params
    const form = {
      amount: String(amount),
      currency: String(currency).toLowerCase(),
      'automatic_payment_methods[enabled]': 'true',
      ...(customer !== undefined && { customer: String(customer) }),
      ...(description !== undefined && { description: String(description) }),
      ...(invoiceId !== undefined && { 'metadata[invoiceId]': String(invoiceId) }),
    }
    const idempotencyKey = String(params.idempotencyKey)
    const { id, status, client_secret } = await postStripe<Intent>(ctx, '/payment_intents', { form, idempotencyKey })
    return { id, status, clientSecret: client_secret }
  },
}
