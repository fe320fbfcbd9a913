import { AnnexError, type Context, type FetchResponse } from '@annex/sdk'

const API = 'https://api.stripe.com/v1'

/** The version that this code was written for: answers keep their shape whatever the account's own version is. */
const VERSION = '2024-06-20'

interface Request {
  method?: 'POST'
  headers?: Record<string, string>
  body?: string
}

/** Milliseconds before each further try. */
const WAITS = [1_000, 2_000, 4_000]

export function getStripe<T>(ctx: Context, path: string, query: Record<string, string>): Promise<T> {
  return ask<T>(ctx, `${path}?${new URLSearchParams(query)}`, {})
}

/** Posts a form, as Stripe takes it. With the same key the same object comes back, however often it is sent. */
export function postStripe<T>(
  ctx: Context,
  path: string,
  { form, idempotencyKey }: { form: Record<string, string>; idempotencyKey: string },
): Promise<T> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Idempotency-Key': idempotencyKey }
  const body = new URLSearchParams(form).toString()
  return patiently(ctx, () => ask<T>(ctx, path, { method: 'POST', headers, body }))
}

/** Somebody waits for a payment, so a passing fault is waited out here; a sync is left to the engine's patience. */
async function patiently<T>(ctx: Context, call: () => Promise<T>): Promise<T> {
  for (const wait of WAITS) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof AnnexError) || !error.retryable) throw error
      ctx.log.warn('Stripe did not answer as it should; trying again', { code: error.code, wait })
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
  return call()
}

async function ask<T>(ctx: Context, path: string, init: Request): Promise<T> {
  const headers = { ...init.headers, 'Stripe-Version': VERSION }
  const answer = await ctx.fetch(`${API}${path}`, { ...init, headers })
  if (answer.ok) return (await answer.json()) as T
  throw await refusalOf(answer)
}

async function refusalOf(answer: FetchResponse): Promise<AnnexError> {
  const { status } = answer
  if (status === 401 || status === 403) return new AnnexError('AUTHENTICATION_FAILED', 'Stripe refused the key')
  if (status === 429) return new AnnexError('RATE_LIMIT_EXCEEDED', 'Stripe asks for a pause')
  // 409: another request with this idempotency key is under way.
  if (status >= 500 || status === 409) return new AnnexError('CONNECTION_FAILED', `Stripe answered ${status}`)
  return new AnnexError('INVALID_ARGUMENT', `Stripe refused it: ${await reasonOf(answer)}`)
}

async function reasonOf(answer: FetchResponse): Promise<string> {
  try {
    const { error } = (await answer.json()) as { error?: { message?: string } }
    return error?.message ?? `status ${answer.status}`
  } catch {
    return `status ${answer.status}`
  }
}
