import { AnnexError, type Context, type JsonObject, type WebhookRequest, type WebhookResult } from '@annex/sdk'
import { decimalAmount } from './decimal-amount.ts'

interface StripeEvent {
  type: string
  data: { object: PaymentIntent }
}

interface PaymentIntent {
  id: string
  amount: number
  currency: string
  metadata?: { invoiceId?: string }
  last_payment_error?: { code?: string; message?: string } | null
}

/**
 * The host has verified that it is Stripe's and comes once. What succeeded marks its invoice, and both outcomes are told
 * to the other extensions.
 */
export async function parseWebhook(ctx: Context, { body }: WebhookRequest): Promise<WebhookResult> {
  const { type, data } = JSON.parse(body) as StripeEvent
  switch (type) {
    case 'payment_intent.succeeded':
      await markPaid(ctx, data.object)
      return { events: [{ type: 'stripe.payment.succeeded', data: factsOf(data.object) }] }
    // Stripe's own name is the first; some relays send the short one.
    case 'payment_intent.payment_failed':
    case 'payment_intent.failed':
      return {
        events: [{ type: 'stripe.payment.failed', data: { ...factsOf(data.object), ...reasonOf(data.object) } }],
      }
    default:
      ctx.log.debug('not about a payment', { type })
      return null
  }
}

async function markPaid(ctx: Context, { id, metadata }: PaymentIntent): Promise<void> {
  if (!metadata?.invoiceId) return
  try {
    await ctx.platform.invoices?.update(metadata.invoiceId, { status: 'PAID' })
  } catch (error) {
    const code = error instanceof AnnexError ? error.code : undefined
    // Not granted, or gone meanwhile: the payment stands all the same, and is told of.
    if (code !== 'PERMISSION_DENIED' && code !== 'NOT_FOUND') throw error
    ctx.log.warn('a paid invoice could not be marked', { payment: id, invoice: metadata.invoiceId, code })
  }
}

function factsOf({ id, amount, currency, metadata }: PaymentIntent): JsonObject {
  const upper = currency.toUpperCase()
  const invoice = metadata?.invoiceId ? { invoiceId: metadata.invoiceId } : {}
  return { paymentIntent: id, amount, decimalAmount: decimalAmount(amount, upper), currency: upper, ...invoice }
}

function reasonOf({ last_payment_error }: PaymentIntent): JsonObject {
  const { code, message } = last_payment_error ?? {}
  return { ...(code && { code }), ...(message && { message }) }
}
