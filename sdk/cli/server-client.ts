import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { CliError } from './cli-error.ts'
import type { Login } from './credentials.ts'
import { EXIT } from './exit-codes.ts'

export interface ServerRequest {
  method: 'GET' | 'POST'
  path: string
  json?: unknown
  bytes?: Uint8Array
  /** Which one a session acts for; the only one unless said. */
  organization?: string
}

export interface ServerClient {
  /** The parsed answer. Throws a `CliError` with the server's own words for anything but 2xx. */
  send(request: ServerRequest): Promise<Record<string, unknown>>
}

const TIMEOUT_MS = 60_000
const TRIES = 3
const MAX_PROBLEMS = 10

/** Talks to one Annex server. What may be tried again without harm is: a POST carries the same key in every try. */
export function createServerClient(server: string, login?: Login): ServerClient {
  return {
    async send(request) {
      const headers = headersFor(request, login)
      for (let attempt = 1; ; attempt++) {
        const answer = await attemptOnce(server, request, headers)
        const last = attempt === TRIES
        if (answer instanceof Response && !(isBusy(answer) && !last)) return readAnswer(server, request, answer)
        if (!(answer instanceof Response) && last) throw unreachable(server, answer)
        await delay(pauseMs(answer, attempt))
      }
    },
  }
}

function headersFor(request: ServerRequest, login: Login | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(login && { authorization: `Bearer ${login.token}` }),
    ...(request.organization !== undefined && { 'x-organization': request.organization }),
    ...(request.method === 'POST' && { 'idempotency-key': randomUUID() }),
    ...(request.json !== undefined && { 'content-type': 'application/json' }),
    ...(request.bytes !== undefined && {
      'content-type': 'application/gzip',
      // RFC 9530: what is cut off or changed on the way is refused at the door.
      'content-digest': `sha-256=:${createHash('sha256').update(request.bytes).digest('base64')}:`,
    }),
  }
}

async function attemptOnce(server: string, request: ServerRequest, headers: Record<string, string>) {
  const body = request.json === undefined ? request.bytes : JSON.stringify(request.json)
  try {
    return await fetch(new URL(request.path, server), {
      method: request.method,
      headers,
      // A redirect could carry the token to another host.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body }),
    })
  } catch (error) {
    return error as Error
  }
}

function isBusy(answer: Response): boolean {
  return answer.status === 429 || answer.status === 503
}

function pauseMs(answer: Response | Error, attempt: number): number {
  const asked = answer instanceof Response ? Number(answer.headers.get('retry-after')) : 0
  return asked > 0 ? Math.min(asked, 30) * 1000 : 200 * 2 ** attempt
}

async function readAnswer(server: string, request: ServerRequest, answer: Response): Promise<Record<string, unknown>> {
  const text = await answer.text()
  const body = parse(text)
  if (answer.ok && body) return body
  if (answer.ok && text === '') return {}
  const where = `${request.method} ${server}${request.path}`
  if (!body) {
    const fix = 'Look whether the address is that of an Annex server'
    throw new CliError(EXIT.server, 'BAD_ANSWER', `The server answered ${answer.status} without JSON`, { where, fix })
  }
  throw refused(answer.status, body, where, server)
}

/** RFC 9457: `title` and `detail` are for people, `code` for programs. */
function refused(status: number, body: Record<string, unknown>, where: string, server: string): CliError {
  const code = typeof body.code === 'string' ? body.code : `HTTP_${status}`
  const words = [body.detail, body.title, body.message].find((text) => typeof text === 'string' && text !== '')
  const problems = problemsOf(body)
  const message = [`${words ?? `The server answered ${status}`} [${code}]`, ...problems].join('\n  ')
  return new CliError(EXIT.server, code, message, {
    where,
    fix: problems.length > 0 ? 'Correct the places that are named above' : fixFor(status, code, body, server),
    details: body,
  })
}

/** Where what was sent does not fit, in the words of the server. */
function problemsOf({ details }: Record<string, unknown>): string[] {
  const { problems } = (details ?? {}) as { problems?: unknown }
  if (!Array.isArray(problems)) return []
  return problems.slice(0, MAX_PROBLEMS).flatMap((problem: { pointer?: unknown; message?: unknown } | null) => {
    if (typeof problem?.message !== 'string') return []
    return [`${problem.pointer ? `at ${problem.pointer}: ` : ''}${problem.message}`]
  })
}

function fixFor(
  status: number,
  code: string,
  { retryable, requestId, type }: Record<string, unknown>,
  server: string,
): string {
  if (code === 'INVALID_CREDENTIALS') return 'Look at both; an account is made with: annex login --register'
  if (status === 401) return 'Log in again: annex login'
  if (retryable === true) return 'The same command may work later'
  const request = typeof requestId === 'string' ? `; the operator can look up ${requestId}` : ''
  // What another program answers may name any place: only the platform's own page is pointed at.
  const docs = typeof type === 'string' && type.startsWith('/docs#') ? type : '/docs'
  return `${server}${docs} explains the code ${code}${request}`
}

function unreachable(server: string, error: Error): CliError {
  const cause = error.cause instanceof Error ? error.cause.message : error.message
  return new CliError(EXIT.server, 'CONNECTION_FAILED', `The server cannot be reached: ${cause}`, {
    where: server,
    fix: 'Look at the address and the network, then try again',
  })
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
