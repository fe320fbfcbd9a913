import { AnnexError, type Context, type FetchResponse } from '@annex/sdk'

interface Question {
  method?: 'GET' | 'POST'
  body?: Record<string, unknown>
}

/** The address of a path of the API. */
export function addressOf(ctx: Context, path: string): URL {
  const { baseHost, basePath = '' } = ctx.config
  if (!baseHost) throw new AnnexError('INVALID_ARGUMENT', 'baseHost is not configured yet')
  return new URL(`https://${baseHost}${String(basePath).replace(/\/$/, '')}${path}`)
}

/** Asks the API; what is no good answer is thrown, with what the engine needs to know of it. */
export async function ask(ctx: Context, url: URL, { method = 'GET', body }: Question = {}): Promise<FetchResponse> {
  const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) }
  const answer = await ctx.fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (answer.ok) return answer
  const { status } = answer
  if (status === 401 || status === 403)
    throw new AnnexError('AUTHENTICATION_FAILED', `The API refused the credentials (${status})`)
  if (status === 429)
    throw new AnnexError('RATE_LIMIT_EXCEEDED', 'The API asks for a pause', { retryAfter: pauseOf(answer) })
  if (status === 404) throw new AnnexError('NOT_FOUND', `The API has no ${url.pathname}`)
  if (status >= 500) throw new AnnexError('CONNECTION_FAILED', `The API answered ${status}`)
  throw new AnnexError('INVALID_ARGUMENT', `The API refused the question (${status})`)
}

export async function readJson(answer: FetchResponse): Promise<unknown> {
  try {
    return await answer.json()
  } catch {
    throw new AnnexError('INVALID_ARGUMENT', `What ${answer.url} answered is no JSON`)
  }
}

/** Seconds; `Retry-After` may also be a date (RFC 9110 §10.2.3). */
function pauseOf(answer: FetchResponse): number {
  const header = answer.headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : 30
}
