import type { Json, JsonObject, Stream } from '@annex/sdk'
import { decimalAmount } from './decimal-amount.ts'
import { readNewest } from './read-newest.ts'

const text = { type: 'string' }

/** Payment intents; `amount` in the smallest unit as Stripe has it, `decimalAmount` as invoices have it. */
export const paymentIntents: Stream = {
  schema: {
    type: 'object',
    properties: {
      id: text,
      amount: { type: 'integer', minimum: 0 },
      decimalAmount: text,
      currency: { type: 'string', pattern: '^[A-Z]{3}$' },
      status: text,
      customer: text,
      description: text,
      invoiceId: text,
      createdOn: { type: 'string', format: 'date' },
    },
    required: ['id', 'amount', 'decimalAmount', 'currency', 'status', 'createdOn'],
  },
  primaryKey: ['id'],
  read: (ctx, options) => readNewest(ctx, '/payment_intents', options, paymentOf),
}

export const customers: Stream = {
  schema: {
    type: 'object',
    properties: { id: text, name: text, email: text, createdOn: { type: 'string', format: 'date' } },
    required: ['id', 'createdOn'],
  },
  primaryKey: ['id'],
  read: (ctx, options) => readNewest(ctx, '/customers', options, (row) => present(row, ['id', 'name', 'email'])),
}

function paymentOf(row: JsonObject): JsonObject {
  const currency = String(row.currency).toUpperCase()
  const amount = Number(row.amount)
  const { invoiceId } = (row.metadata ?? {}) as JsonObject
  return {
    ...present(row, ['id', 'status', 'customer', 'description']),
    ...{ amount, decimalAmount: decimalAmount(amount, currency), currency },
    ...(invoiceId !== undefined && { invoiceId }),
  }
}

/** Stripe says null for what there is not. */
function present(row: JsonObject, names: string[]): JsonObject {
  const found = names.flatMap((name): [string, Json][] => {
    const value = row[name]
    return value === undefined || value === null ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(found), createdOn: new Date(Number(row.created) * 1000).toISOString().slice(0, 10) }
}
