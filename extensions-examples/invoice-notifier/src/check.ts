import { AnnexError, type CheckStep, type Context } from '@annex/sdk'
import { post } from './chat.ts'

/** Posts a line, as an issued invoice would: what cannot be seen in the channel does not work. */
export async function check(ctx: Context): Promise<CheckStep[]> {
  try {
    await post(ctx, { id: 'connection-test', text: 'Annex can post here.' })
    return [{ name: 'post', ok: true, message: 'A line was posted to the channel' }]
  } catch (error) {
    if (!(error instanceof AnnexError)) throw error
    const { code, message } = error
    return [{ name: 'post', ok: false, code, message, suggestion: 'Compare chatHost and chatPath with your chat.' }]
  }
}
