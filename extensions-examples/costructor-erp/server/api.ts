import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { HoursBook } from './hours-book.ts'
import type { CostructorSite } from './site.ts'
import { pageOfSites } from './site-pages.ts'

export interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

export interface Counters {
  requests: number
  unauthorized: number
  limited: number
  sitePages: number
  hoursPosted: number
}

export interface ApiSettings {
  apiKey: string
  /** Every how many-th authorised request is answered 429; 0: none. */
  rateLimitEvery: number
  /** Seconds. */
  retryAfter: number
  latencyMs: number
}

const MAX_BODY = 100_000

/** Costructor's API as a function: who may call it, how often, and what each path answers. */
export function createApi(sites: CostructorSite[], book: HoursBook, counters: Counters, settings: ApiSettings) {
  let authorized = 0

  async function answer(request: IncomingMessage): Promise<Answer> {
    counters.requests++
    const url = new URL(request.url ?? '/', 'http://costructor.invalid')
    if (settings.latencyMs > 0) await delay(settings.latencyMs)
    if (url.pathname === '/v1/status') return { status: 200, body: { service: 'costructor', api: 'v1' } }
    if (request.headers.authorization !== `Bearer ${settings.apiKey}`) {
      counters.unauthorized++
      return failure(401, 'invalid_key', 'The API key is missing or unknown')
    }
    if (settings.rateLimitEvery > 0 && ++authorized % settings.rateLimitEvery === 0) {
      counters.limited++
      const headers = { 'retry-after': String(settings.retryAfter) }
      return { ...failure(429, 'slow_down', 'Too many requests'), headers }
    }
    return route(request, url)
  }

  async function route(request: IncomingMessage, url: URL): Promise<Answer> {
    const call = `${request.method} ${url.pathname}`
    if (call === 'GET /v1/me') return { status: 200, body: { company: 'Bâtiments Lemoine', plan: 'pro' } }
    if (call === 'GET /v1/sites') return sitePage(url)
    if (call === 'GET /v1/hours') return { status: 200, body: { items: book.lines } }
    if (call === 'POST /v1/hours') return postHours(request)
    if (call === 'DELETE /v1/hours') return book.remove(url.searchParams.get('externalRef') ?? '')
    return failure(404, 'unknown_path', `There is no ${call}`)
  }

  function sitePage(url: URL): Answer {
    counters.sitePages++
    const page = pageOfSites(sites, url.searchParams)
    return typeof page === 'string' ? failure(400, 'invalid_query', page) : { status: 200, body: page }
  }

  async function postHours(request: IncomingMessage): Promise<Answer> {
    counters.hoursPosted++
    const body = await readJson(request)
    if (!body.ok) return failure(400, 'invalid_body', body.why)
    const key = request.headers['idempotency-key']
    return book.post(body.value, typeof key === 'string' ? key : undefined)
  }

  return answer
}

function failure(status: number, error: string, message: string): Answer {
  return { status, body: { error, message } }
}

async function readJson(request: IncomingMessage): Promise<{ ok: true; value: unknown } | { ok: false; why: string }> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY) return { ok: false, why: `The body is longer than ${MAX_BODY} characters` }
  }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false, why: 'The body is not JSON' }
  }
}
