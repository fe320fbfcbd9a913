import type { ConnectorDefinition, Context, JsonObject } from '@annex/sdk'
import { getStripe, postStripe } from './stripe-api.ts'

/** The customer with this address: the one that Stripe has, or else a new one. */
export const createCustomer: NonNullable<ConnectorDefinition['actions']>[string] = {
  params: {
    type: 'object',
    properties: {
      email: { type: 'string', minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' },
      name: { type: 'string', minLength: 1, maxLength: 200 },
    },
    required: ['email'],
    additionalProperties: false,
  },
  async run(ctx: Context, params: JsonObject) {
    const email = String(params.email)
    const found = await getStripe<{ data: { id: string }[] }>(ctx, '/customers', { email, limit: '1' })
    const [present] = found.data
    if (present) return { id: present.id, created: false }
    const form = { email, ...(params.name !== undefined && { name: String(params.name) }) }
    const idempotencyKey = await keyOf(form)
    const { id } = await postStripe<{ id: string }>(ctx, '/customers', { form, idempotencyKey })
    return { id, created: true }
  },
}

/** The same wish has the same key: two at a time make one customer. */
async function keyOf(form: Record<string, string>): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(form))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `customer-${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
