import { AnnexError, type Context } from '@annex/sdk'

/** Posts one message. `id` is the same for each try, so that a chat which knows idempotency keys shows it once. */
export async function post(ctx: Context, { id, text }: { id: string; text: string }): Promise<void> {
  const { chatHost, chatPath } = ctx.config
  if (!chatHost || !chatPath) throw new AnnexError('INVALID_ARGUMENT', 'chatHost and chatPath are not configured yet')
  const body = JSON.stringify({ text })
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': id, ...(await signed(ctx, body)) }
  const answer = await ctx.fetch(`https://${chatHost}${chatPath}`, { method: 'POST', headers, body })
  if (answer.status === 429) throw new AnnexError('RATE_LIMIT_EXCEEDED', 'The chat asks for a pause')
  if (!answer.ok) throw new AnnexError('CONNECTION_FAILED', `The chat answered ${answer.status}`)
}

/** A relay of your own can tell our messages from others'. Chats that do not look at it need no key. */
async function signed(ctx: Context, body: string): Promise<Record<string, string>> {
  try {
    const mac = await ctx.secrets.hmac('signingKey', body)
    return { 'X-Signature': Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('') }
  } catch (error) {
    if (error instanceof AnnexError && error.code === 'NOT_FOUND') return {}
    throw error
  }
}
