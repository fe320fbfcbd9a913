import { attempt, hexOf, type Table } from './table.ts'

interface ResponseCase {
  body?: unknown
  init?: unknown
  make?: 'json' | 'error' | 'redirect'
}

/** What is read of a body, once and twice. */
async function read(message: Response | Request): Promise<unknown> {
  const copy = attempt(() => message.clone())
  const text = await settled(() => message.text())
  const again = await settled(() => message.text())
  const other = copy instanceof Object ? await settled(async () => hexOf(await (copy as Response).arrayBuffer())) : copy
  return [text, again, other, message.bodyUsed, attempt(() => message.clone())].map((item) =>
    item instanceof Object ? 'a copy' : item,
  )
}

async function settled(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return `throws ${(error as Error).name}`
  }
}

const MAKERS = {
  json: (value: unknown, init: unknown) => Response.json(value, init as ResponseInit),
  error: () => Response.error(),
  redirect: (url: unknown, status: unknown) => Response.redirect(url as string, status as 302),
}

export const responseTable: Table<ResponseCase> = {
  async answer({ body, init, make }) {
    const response = make
      ? MAKERS[make](body, init)
      : new Response(body as ConstructorParameters<typeof Response>[0], init as ResponseInit)
    const { status, statusText, ok, type, url, redirected, headers } = response
    const change = attempt(() => headers.append('x', 'y'))
    return [status, statusText, ok, type, url, redirected, [...headers], change, await read(response)]
  },
  usual: [
    {},
    { body: 'hello' },
    { body: '{"a":1}', init: { status: 201, headers: { 'content-type': 'application/json' } } },
    { make: 'json', body: { a: 1 } },
    { make: 'redirect', body: 'https://example.com/' },
    { body: 'x', init: { statusText: 'Fine' } },
  ],
  odd: [
    { body: null },
    { body: undefined, init: null },
    { body: '' },
    { body: 12 },
    { body: { a: 1 } },
    { body: '\ud800' },
    { body: '\ufeffx' },
    { init: { status: 199 } },
    { init: { status: 600 } },
    { init: { status: 0 } },
    { init: { status: 200.9 } },
    { init: { status: '404' } },
    { init: { status: 65_736 } },
    { init: { status: Number.NaN } },
    { body: 'x', init: { status: 204 } },
    { init: { status: 304 } },
    { init: { statusText: 'a\nb' } },
    { init: { statusText: '€' } },
    { init: { statusText: 'é' } },
    { init: { headers: { 'a b': '1' } } },
    { init: 5 },
    { make: 'error' },
    { make: 'redirect', body: 'nonsense' },
    { make: 'redirect', body: 'https://example.com/é', init: 308 },
    { make: 'redirect', body: 'https://example.com/', init: 200 },
    { make: 'json', body: undefined },
    { make: 'json', body: 'x', init: { status: 204 } },
    { make: 'json', body: [1], init: { headers: { 'Content-Type': 'text/x' } } },
  ],
}

interface RequestCase {
  url: string
  init?: unknown
}

export const requestTable: Table<RequestCase> = {
  async answer({ url, init }) {
    const request = new Request(url, init as RequestInit)
    const copy = attempt(() => new Request(request, { headers: { x: '1' } }))
    const after = [request.bodyUsed, copy instanceof Request ? await read(copy) : copy]
    const { method, headers, signal } = request
    return [request.url, method, [...headers], signal.aborted, after, await read(request)]
  },
  usual: [
    { url: 'https://example.com' },
    { url: 'https://example.com/', init: { method: 'POST', body: 'x' } },
    { url: 'https://example.com/', init: { headers: { A: '1' } } },
    { url: 'https://example.com/', init: { method: 'delete' } },
  ],
  odd: [
    { url: '/relative' },
    { url: '' },
    { url: 'https://user:pass@example.com/' },
    { url: 'https://example.com/é?ü#x' },
    { url: 'https://example.com/', init: { method: 'chicken' } },
    { url: 'https://example.com/', init: { method: 'TRACE' } },
    { url: 'https://example.com/', init: { method: 'connect' } },
    { url: 'https://example.com/', init: { method: 'a b' } },
    { url: 'https://example.com/', init: { method: '' } },
    { url: 'https://example.com/', init: { body: 'x' } },
    { url: 'https://example.com/', init: { method: 'HEAD', body: '' } },
    { url: 'https://example.com/', init: { method: 'POST', body: null } },
    { url: 'https://example.com/', init: { method: 'POST', body: 5, headers: { 'Content-Type': 'x/y' } } },
    { url: 'https://example.com/', init: { signal: {} } },
    { url: 'https://example.com/', init: { signal: null } },
    { url: 'https://example.com/', init: 5 },
    { url: 'https://example.com/', init: { headers: 'x' } },
  ],
}
