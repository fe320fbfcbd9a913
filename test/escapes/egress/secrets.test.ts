import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import type { EgressRequest } from '../../../runtime/egress/egress.ts'
import type { CredentialInjection } from '../../../runtime/installation-source.ts'
import { grant, openGate } from '../../runtime/egress/open-gate.ts'
import { startUpstream } from '../../runtime/egress/start-upstream.ts'
import { openCarelessClient } from './careless-client.ts'
import { type Idea, runIdeas } from './run-ideas.ts'

const HOST = 'api.erp.example'
const SECRET = 'Zk9-pLm_Secret.Of+The/Cust=42'

const HEADER: CredentialInjection = { host: HOST, in: 'header', name: 'X-Key', template: '{{apiKey}}' }
const BASIC: CredentialInjection = { host: HOST, in: 'basic', template: 'customer:{{apiKey}}' }
const QUERY: CredentialInjection = { host: HOST, in: 'query', name: 'key', template: '{{apiKey}}' }

/** What the upstream was sent, whichever way. */
function secretIn(request: IncomingMessage): string {
  const basic = request.headers.authorization?.slice('Basic '.length)
  const query = new URL(request.url ?? '', 'http://x').searchParams.get('key')
  return basic ?? query ?? String(request.headers['x-key'])
}

/** The forms that a reader with a little patience turns back into the secret. */
function shows(text: string): boolean {
  const token = Buffer.from(`customer:${SECRET}`).toString('base64')
  const plain = [
    text,
    decoded(text),
    Buffer.from(text, 'latin1').reverse().toString('latin1'),
    text.replaceAll('\0', ''),
  ]
  const unpacked = [...plain, ...plain.flatMap(fromBase64), ...plain.flatMap(fromHex)]
  return unpacked.some((each) => [SECRET, token].some((secret) => each.toLowerCase().includes(secret.toLowerCase())))
}

function decoded(text: string): string {
  const entities: Record<string, string> = { '&amp;': '&', '&quot;': '"', '&#61;': '=', '&#43;': '+' }
  return text
    .replace(/%[0-9a-f]{2}/gi, (triplet) => String.fromCharCode(Number.parseInt(triplet.slice(1), 16)))
    .replace(/\\u[0-9a-f]{4}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(2), 16)))
    .replace(/&#?\w+;/g, (entity) => entities[entity] ?? entity)
    .replaceAll('\\/', '/')
}

function fromBase64(text: string): string[] {
  const runs = text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? []
  return runs.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')))
}

function fromHex(text: string): string[] {
  return (text.match(/(?:[0-9a-f]{2}){8,}/gi) ?? []).map((run) => Buffer.from(run, 'hex').toString('latin1'))
}

type Echo = (request: IncomingMessage, response: ServerResponse, secret: string) => void

/** An upstream that shows what it was sent, in a place or in a form of its own. */
function echo(title: string, answer: Echo, injection: CredentialInjection = HEADER): Idea {
  const start = (t: Test) => startUpstream(t, (request, response) => answer(request, response, secretIn(request)))
  return {
    title,
    async control(t) {
      const upstream = await start(t)
      const token = Buffer.from(`customer:${SECRET}`).toString('base64')
      const url = `http://${HOST}:${upstream.port}/${injection.in === 'query' ? `?key=${encodeURIComponent(SECRET)}` : ''}`
      const headers: Record<string, string> =
        injection.in === 'header'
          ? { 'x-key': SECRET }
          : injection.in === 'basic'
            ? { authorization: `Basic ${token}` }
            : {}
      const got = await openCarelessClient(t)(url, { headers })
      const body = Buffer.from(await got.arrayBuffer()).toString('latin1')
      return shows(JSON.stringify([got.url, got.statusText, ...got.headers]) + body)
        ? 'the caller reads the secret'
        : undefined
    },
    async attack(t) {
      const upstream = await start(t)
      const grants = [grant(HOST, upstream.port), grant('*.erp.example', upstream.port)]
      const gate = await openGate(t, grants)
      const injections = [{ injection, values: { apiKey: SECRET } }]
      const url = `http://${HOST}:${upstream.port}/`
      for (const into of [undefined, keeping()]) {
        const result = await gate.get(url, { injections, ...(into ? { into: into.sink } : {}) })
        const body = result.ok ? Buffer.from(result.value.body).toString('latin1') : ''
        t.notOk(shows(JSON.stringify(result.ok ? { ...result.value, body: '' } : result.error)), 'the answer')
        t.notOk(shows(body), 'the body')
        t.notOk(shows(into?.kept() ?? ''), 'what was kept as a file')
      }
      await gate.audit.flush()
      t.notOk(shows(JSON.stringify((await gate.audit.list('org_a')).data)), 'the audit trail')
      t.ok(shows(JSON.stringify(upstream.requests)), 'control: the upstream got it')
    },
  }
}

function keeping(): { sink: NonNullable<EgressRequest['into']>; kept(): string } {
  const chunks: Uint8Array[] = []
  return {
    sink: async (bytes) => {
      for await (const chunk of bytes) chunks.push(Buffer.from(chunk))
    },
    kept: () => Buffer.concat(chunks).toString('latin1'),
  }
}

const says =
  (make: (secret: string) => string | Buffer): Echo =>
  (_request, response, secret) =>
    response.end(make(secret))
const hex = (secret: string) => Buffer.from(secret).toString('hex')

runIdeas('a secret echoed in the body', [
  echo(
    'as it is',
    says((secret) => `<p>Wrong key: ${secret}</p>`),
  ),
  echo(
    'as a value and a name in JSON',
    says((secret) => JSON.stringify({ [secret]: [secret] })),
  ),
  echo(
    'in JSON with escaped slashes',
    says((secret) => JSON.stringify(secret).replaceAll('/', '\\/')),
  ),
  echo(
    'in JSON in ASCII',
    says((secret) => secret.replaceAll('+', '\\u002b')),
  ),
  echo(
    'in capitals',
    says((secret) => secret.toUpperCase()),
  ),
  echo(
    'in small letters',
    says((secret) => secret.toLowerCase()),
  ),
  echo(
    'backwards',
    says((secret) => Buffer.from(secret).reverse()),
  ),
  echo(
    'as a URL',
    says((secret) => `?next=${encodeURIComponent(secret)}`),
  ),
  echo(
    'as a URL, every letter',
    says((secret) => hex(secret).replace(/../g, '%$&')),
  ),
  echo(
    'in hexadecimal',
    says((secret) => hex(secret).toUpperCase()),
  ),
  echo(
    'in base64',
    says((secret) => Buffer.from(`{"key":"${secret}"}`).toString('base64')),
  ),
  echo(
    'in base64, moved by one',
    says((secret) => Buffer.from(`{ "key":"${secret}"}`).toString('base64url')),
  ),
  echo(
    'in base64, moved by two',
    says((secret) => Buffer.from(`{  "key":"${secret}"}`).toString('base64')),
  ),
  echo(
    'in UTF-16',
    says((secret) => Buffer.from(secret, 'utf16le')),
  ),
  echo('in an error page', (_request, response, secret) => response.writeHead(401).end(`invalid key ${secret}`)),
  echo('letter by letter', (_request, response, secret) => {
    const letters = [...`key ${secret}.`]
    const timer = setInterval(() => {
      const letter = letters.shift()
      if (letter !== undefined) return void response.write(letter)
      clearInterval(timer)
      response.end()
    }, 1)
  }),
  echo(
    'the token of basic authentication',
    says((secret) => secret),
    BASIC,
  ),
  echo(
    'the token of basic authentication, encoded once more',
    says((secret) => Buffer.from(`Basic ${secret}`).toString('base64')),
    BASIC,
  ),
  echo(
    'the password of basic authentication',
    says((secret) => Buffer.from(secret, 'base64').toString()),
    BASIC,
  ),
  echo('the request’s own address', (request, response) => response.end(request.url), QUERY),
])

runIdeas('a secret echoed elsewhere', [
  echo('in a header', (_request, response, secret) => response.writeHead(200, { 'x-echo': secret }).end()),
  echo('in a header’s name', (_request, response, secret) =>
    response.writeHead(200, { [`x-${hex(secret)}`]: '1' }).end(),
  ),
  echo('in a cookie', (_request, response, secret) =>
    response.writeHead(200, { 'set-cookie': ['a=1', `key=${encodeURIComponent(secret)}`] }).end(),
  ),
  echo('in the reason', (_request, response, secret) => response.writeHead(403, `Wrong key ${secret}`).end()),
  echo('in the media type', (_request, response, secret) =>
    response.writeHead(200, { 'content-type': `text/plain; key="${secret}"` }).end(),
  ),
  echo('in the address of a redirect', (request, response, secret) => {
    if (request.url?.startsWith('/end')) response.end('end')
    else response.writeHead(302, { location: `/end?was=${encodeURIComponent(secret)}` }).end()
  }),
  echo('in the host name of a redirect', (request, response, secret) => {
    if (request.headers.host?.startsWith(HOST))
      response
        .writeHead(302, {
          location: `http://${hex(secret)}.${request.headers.host}/`,
        })
        .end()
    else response.end(request.headers.host)
  }),
])
