import { AnnexError, type Context, type FetchResponse } from '@annex/sdk'

const API = 'https://api.costructor.example/v1'

export interface SitePage {
  items: Record<string, string>[]
  nextCursor?: string
}

/** Asks the ERP. The host adds the API key on the way out; nothing in this code ever sees it. */
export async function ask(ctx: Context, path: string, init?: Parameters<Context['fetch']>[1]): Promise<FetchResponse> {
  const answer = await ctx.fetch(`${API}${path}`, init)
  if (answer.status === 429) {
    throw new AnnexError('RATE_LIMIT_EXCEEDED', 'Costructor asks for a pause', { retryAfter: pauseOf(answer) })
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new AnnexError('AUTHENTICATION_FAILED', `Costructor refused the API key (${answer.status})`)
  }
  if (answer.status >= 500) throw new AnnexError('CONNECTION_FAILED', `Costructor answered ${answer.status}`)
  return answer
}

export async function askForSites(ctx: Context, query: Record<string, string>): Promise<SitePage> {
  const answer = await ask(ctx, `/sites?${new URLSearchParams(query)}`)
  if (!answer.ok) throw new AnnexError('INVALID_ARGUMENT', `Costructor refused the question: ${await reasonOf(answer)}`)
  return (await answer.json()) as SitePage
}

/** What the ERP says about a refusal, for people. */
export async function reasonOf(answer: FetchResponse): Promise<string> {
  const text = await answer.text()
  try {
    return String(JSON.parse(text).message)
  } catch {
    return text.slice(0, 200) || answer.statusText
  }
}

/** Seconds; `Retry-After` may also be a date (RFC 9110 §10.2.3). */
function pauseOf(answer: FetchResponse): number {
  const header = answer.headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : 30
}
