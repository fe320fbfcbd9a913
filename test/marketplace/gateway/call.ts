export interface CallOptions {
  headers?: Record<string, string>
  /** Sent as JSON; bytes and text go as they are. */
  body?: unknown
}

export interface Answer {
  status: number
  headers: Headers
  /** Parsed when it is JSON, else the text. */
  body: unknown
  /** The text at a dotted path of the body; throws when there is none. */
  text(path: string): string
}

/** One request over a real connection. */
export async function call(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { body, headers = {} } = options
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const sent =
    body === undefined ? {} : { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body) }
  const type = body === undefined || raw ? {} : { 'content-type': 'application/json' }
  const response = await fetch(new URL(path, url), { method, headers: { ...type, ...headers }, ...sent })
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  const parsed: unknown = isJson ? JSON.parse(text) : text
  return { status: response.status, headers: response.headers, body: parsed, text: (at) => textAt(parsed, at) }
}

function textAt(value: unknown, path: string): string {
  let found = value
  for (const name of path.split('.'))
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined
  if (typeof found !== 'string') throw new Error(`no text at ${path} of ${JSON.stringify(value)?.slice(0, 500)}`)
  return found
}
