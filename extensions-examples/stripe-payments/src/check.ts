import { AnnexError, type CheckStep, type Context } from '@annex/sdk'
import { getStripe } from './stripe-api.ts'

const SUGGESTIONS: Partial<Record<string, string>> = {
  AUTHENTICATION_FAILED: 'Make a new key in Stripe (Developers, API keys); it needs PaymentIntents and Customers.',
  CONNECTION_FAILED: 'Stripe may be down: look at status.stripe.com, then test again.',
  RATE_LIMIT_EXCEEDED: 'Too many programs use this account at once: wait, then test again.',
}

/** Shows the key to what the extension needs, and tells whether it is one of Stripe's test mode. */
export async function check(ctx: Context): Promise<CheckStep[]> {
  try {
    const { livemode } = await getStripe<{ livemode: boolean }>(ctx, '/balance', {})
    await getStripe(ctx, '/payment_intents', { limit: '1' })
    await getStripe(ctx, '/customers', { limit: '1' })
    return [{ name: 'key', ok: true, message: livemode ? 'The key takes real money' : 'The key is for tests' }]
  } catch (error) {
    if (!(error instanceof AnnexError)) throw error
    const { code, message } = error
    const suggestion = SUGGESTIONS[code]
    return [{ name: 'key', ok: false, code, message, ...(suggestion && { suggestion }) }]
  }
}
