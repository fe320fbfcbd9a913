export interface Reply {
  status: number
  /** Parsed when it is JSON. */
  body: unknown
  headers: Headers
}

/** Somebody who talks to the service over HTTP, as anyone outside would. */
export interface Client {
  call(method: string, path: string, body?: unknown): Promise<Reply>
  /** `call`, and an error with the whole answer unless its status is one of `expected` (2xx if none are given). */
  expect(method: string, path: string, body?: unknown, expected?: readonly number[]): Promise<Reply>
  /** The same somebody, talking to another node. */
  at(url: () => string): Client
}

const REQUEST_MS = 30_000

/** `headers` are sent with each request; `url` is asked each time, since a restarted service may stand elsewhere. */
export function createClient(url: () => string, headers: Record<string, string> = {}): Client {
  const call = async (method: string, path: string, body?: unknown): Promise<Reply> => {
    const bytes = body instanceof Uint8Array
    const type = bytes ? 'application/gzip' : 'application/json'
    const response = await fetch(new URL(path, url()), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: bytes ? new Uint8Array(body) : JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    return { status: response.status, body: parse(await response.text()), headers: response.headers }
  }
  return {
    call,
    at: (other) => createClient(other, headers),
    async expect(method, path, body, expected) {
      const reply = await call(method, path, body)
      const good = expected ? expected.includes(reply.status) : reply.status >= 200 && reply.status < 300
      if (good) return reply
      throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`)
    },
  }
}

/** The text at `path` (`tokens.accessToken`) of an answer; an error with the whole answer when there is none. */
export function textAt(reply: Reply, path: string): string {
  const found = valueAt(reply, path)
  if (typeof found === 'string') return found
  throw new Error(`no text at ${path} of ${JSON.stringify(reply.body)}`)
}

export function valueAt(reply: Reply, path: string): unknown {
  let value = reply.body
  for (const step of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[step]
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return { text }
  }
}
