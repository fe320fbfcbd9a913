import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Folder, newProject } from '../new-project.ts'
import { type AnnexRun, runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'
import { type LiveEvent, startAnnex } from '../start-annex.ts'

const CREDENTIALS = {
  type: 'API_KEY',
  schema: { type: 'object', properties: { apiKey: { type: 'string' } }, required: ['apiKey'] },
  inject: [{ host: 'api.example.com', in: 'header', name: 'Authorization', template: 'Bearer {{apiKey}}' }],
}

/** A connector whose one action does `body`. */
function project(body: string, more: Folder = {}): Folder {
  const files = newProject({ publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 })
  const manifest = JSON.parse(String(files['package.json']))
  manifest.annex.credentials = CREDENTIALS
  manifest.annex.permissions.required = [{ scope: 'read:chantiers', reason: 'Reads sites' }]
  return { ...files, ...more, 'package.json': JSON.stringify(manifest), src: { 'index.ts': source(body) } }
}

function source(body: string): string {
  return `import { defineConnector } from '@annex/sdk'
export default defineConnector({
  async check(ctx) { return [{ name: 'ready', ok: true }] },
  streams: {},
  actions: { act: { params: {}, async run(ctx, input) {
    ${body}
  } } },
})
`
}

function events({ stdout }: AnnexRun): LiveEvent[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LiveEvent)
}

t.test('tells each host call with its decision, then the result and the use of each limit', async (t) => {
  const body = `
    await ctx.platform.chantiers.list()
    await ctx.kv.set('seen', 1)
    console.log('looking')
    const refused = []
    const calls = [() => ctx.platform.timesheets.list(), () => ctx.fetch('https://elsewhere.example.com/')]
    for (const call of calls) await call().catch((error) => refused.push(error.code))
    return { refused, given: input }`
  const folder = t.testdir(project(body))
  const run = await runAnnex(folder, ['dev', 'actions.act', '--once', '--json', '--input', '{"n":1}'])
  t.equal(run.code, 0)
  const told = events(run)
  const calls = told.filter(({ event }) => event === 'call')
  t.match(calls, [
    { name: 'platform.list', target: 'chantiers', outcome: 'allowed', rule: 'granted', ms: Number },
    { name: 'kv.set', target: 'seen', outcome: 'allowed', rule: 'needs no scope' },
    { name: 'platform.list', target: 'timesheets', outcome: 'refused', rule: 'scope-not-granted' },
    {
      name: 'fetch',
      target: 'https://elsewhere.example.com/',
      outcome: 'refused',
      rule: String,
      code: 'EGRESS_DENIED',
    },
  ])
  t.match(
    told.find(({ event }) => event === 'log'),
    { level: 'info', message: 'looking' },
  )
  const result = told.find(({ event }) => event === 'result')
  t.strictSame(result?.value, { refused: ['PERMISSION_DENIED', 'EGRESS_DENIED'], given: { n: 1 } })
  t.match(told.find(({ event }) => event === 'usage')?.rows, [
    { name: 'cpu', limit: 1000, unit: 'ms' },
    { name: 'wall', limit: 10_000 },
    { name: 'host calls', used: 4, limit: 200 },
    { name: 'fetches', used: 1, limit: 50 },
    { name: 'log lines', used: 1, limit: 1000 },
  ])
})

t.test("a server of the author's own stands for the declared hosts, and gets the credentials", async (t) => {
  const upstream = `export default async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === '/fails') throw new Error('on purpose')
    return Response.json({ url: request.url, key: request.headers.get('authorization'), body: await request.text() })
  }`
  const body = `
    const answer = await ctx.fetch('https://api.example.com/x?y=1', { method: 'POST', body: 'hello' })
    const { url, key, body } = await answer.json()
    const { status } = await ctx.fetch('https://api.example.com/fails')
    return { url, body, got: key.startsWith('Bearer '), seen: key.includes('s3cret'), status, own: 'credentials' in ctx }`
  const folder = t.testdir(project(body, { dev: { 'upstream.ts': upstream } }))
  const args = ['actions.act', '--once', '--json', '--upstream', 'dev/upstream.ts']
  const run = await runAnnexProcess(folder, ['dev', ...args, '--credentials', '{"apiKey":"s3cret-value"}'])
  t.equal(run.code, 0)
  t.strictSame(events(run).find(({ event }) => event === 'result')?.value, {
    url: 'https://api.example.com/x?y=1',
    body: 'hello',
    got: true,
    seen: false,
    status: 500,
    own: false,
  })
  t.match(run.stderr, 'on purpose')
})

t.test('a recording stands for the outside, with its name alone too', async (t) => {
  const files = newProject({ publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 })
  const folder = t.testdir(files)
  const named = await runAnnex(folder, ['dev', 'first', '--once'])
  t.equal(named.code, 0)
  t.match(named.stdout, /^run {5}streams\.items\.read \(fixture first\), against the recording of first$/m)
  t.match(named.stdout, /^ {2}page {3}2: \{"records":\[\{"id":"c"\}\],"checkpoint":1\}$/m)
  t.match(named.stdout, /^use {5}cpu \d+\/10000 ms, wall \d+\/120000 ms, host calls 1\/200, fetches 1\/50/m)
  t.notMatch(named.stdout, '\u001b', 'no colours and no clearing in a pipe')
})

t.test('a transformation runs its first fixture', async (t) => {
  const folder = t.testdir(newProject({ publisher: 'acme', name: 'cleaner', kind: 'transformation', year: 2026 }))
  const run = await runAnnex(folder, ['dev', '--once', '--json'])
  t.match(
    events(run).find(({ event }) => event === 'run'),
    { handler: 'transform', fixture: 'first' },
  )
  t.equal(run.code, 0)
})

t.test('a run that fails is exit code 1, with place and remedy', async (t) => {
  const folder = t.testdir(project('await ctx.platform.timesheets.list(); return 1'))
  const run = await runAnnex(folder, ['dev', 'actions.act', '--once', '--json'])
  t.equal(run.code, 1)
  t.match(
    events(run).find(({ event }) => event === 'failure'),
    {
      code: 'PERMISSION_DENIED',
      where: /^src\/index\.ts:6:\d+$/,
      fix: /read:timesheets/,
    },
  )
})

t.test('what does not exist is refused with what does', async (t) => {
  const folder = t.testdir(project('return 1'))
  const handler = await runAnnex(folder, ['dev', 'actions.akt', '--once'])
  t.equal(handler.code, 1)
  t.match(handler.stdout, 'Did you mean actions.act?')
  const upstream = await runAnnex(folder, ['dev', '--once', '--upstream', 'frist'])
  t.match(upstream.stdout, 'Did you mean first?')
  const input = await runAnnex(folder, ['dev', '--once', '--input', '{'])
  t.match(input, { code: 2, stderr: /neither a file nor JSON/ })
})

t.test('runs again at each save, waits when it cannot, and ends cleanly', async (t) => {
  const folder = t.testdir(project("return 'one'"))
  const code = join(folder, 'src/index.ts')
  const annex = startAnnex(t, folder, ['dev', 'actions.act', '--json'])
  t.match(await annex.next('result'), { value: 'one' })
  await annex.next('waiting')
  writeFileSync(code, source('return {'))
  t.match(await annex.next('problem'), { code: 'BUILD_FAILED', where: /^src\/index\.ts:\d+:\d+$/ })
  await annex.next('waiting')
  writeFileSync(code, source("await new Promise((done) => setTimeout(done, 9000)); return 'never'"))
  await annex.next('run')
  writeFileSync(code, source("return 'two'"))
  await annex.next('cancelled')
  t.match(await annex.next('result'), { value: 'two' })
  await annex.next('waiting')
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  manifest.version = '0.2.0'
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  t.match(await annex.next('built'), { version: '0.2.0' })
  await annex.next('waiting')
  mkdirSync(join(folder, 'src/parts'))
  writeFileSync(join(folder, 'src/parts/new.ts'), 'export {}')
  await annex.next('built')
  await annex.next('waiting')
  t.equal(await annex.end('SIGINT'), 0)
})

t.test('ends cleanly when its terminal is closed', async (t) => {
  const annex = startAnnex(t, t.testdir(project("return 'one'")), ['dev', 'actions.act', '--json'])
  await annex.next('waiting')
  t.equal(await annex.end('SIGHUP'), 0)
})
