import t from 'tap'
import { runAnnex } from '../run-annex.ts'
import { json, type ScriptedAnswer, scriptedServer } from '../scripted-server.ts'

const PATH = '/api/marketplace/install/acme/site-notes'
const SHEET = {
  ...{ required: [], optional: [], hosts: [], events: [] },
  grant: { manifestDigest: 'd', scopes: [], hosts: [] },
}
const asks = json(409, { code: 'CONSENT_REQUIRED', detail: 'an admin must agree', details: SHEET })
const active = json(200, { id: 'ins_1', extension: '@acme/site-notes', version: '2.0.0-beta.1', state: 'active' })

/** Logged in as a person; then the server answers so. */
async function open(t: Parameters<typeof scriptedServer>[0] & { testdir(): string }, answers: ScriptedAnswer[]) {
  const folder = t.testdir()
  const server = await scriptedServer(t, [json(200, { accessToken: 'the-session' }), ...answers])
  const env = { XDG_CONFIG_HOME: folder, ANNEX_PASSWORD: 'correct horse' }
  const annex = (...args: string[]) => runAnnex(folder, args, env)
  await annex('login', '--server', server.url, '--email', 'a@b.example')
  const sent = () => server.seen.slice(1).map(({ url, body }) => [url, JSON.parse(String(body)) as object])
  return { annex, sent }
}

t.test('installs what is published, after somebody agreed', async (t) => {
  const { annex, sent } = await open(t, [asks, active])
  const run = await annex('install', '@acme/site-notes', '--grant', 'all', '--channel', 'beta')
  t.match(run, { code: 0, stdout: /@acme\/site-notes 2\.0\.0-beta\.1: active\ninstallation: ins_1/ })
  t.same(sent(), [
    [PATH, { channel: 'beta' }],
    [PATH, { channel: 'beta', grant: SHEET.grant }],
  ])
})

t.test('names the version, or none', async (t) => {
  const { annex, sent } = await open(t, [active])
  t.equal((await annex('install', '@acme/site-notes', '--version', '1.2.0')).code, 0)
  t.equal((await annex('install', '@acme/site-notes')).code, 0)
  t.same(sent(), [
    [PATH, { version: '1.2.0' }],
    [PATH, {}],
  ])
})

t.test('says what to install first', async (t) => {
  const missing = { code: 'DEPENDENCY_MISSING', detail: '@acme/site-notes 1.0.0: install @acme/dates 1.2.0 first' }
  const { annex } = await open(t, [asks, json(409, missing)])
  const run = await annex('install', '@acme/site-notes', '--grant', 'all')
  t.match(run, { code: 3, stderr: /install @acme\/dates 1\.2\.0 first \[DEPENDENCY_MISSING\]/ })
})

t.test('a version and a channel are two wishes, and a draft has neither', async (t) => {
  const { annex, sent } = await open(t, [active])
  for (const args of [
    ['@acme/site-notes', '--version', '1.0.0', '--channel', 'beta'],
    ['.', '--draft', '--channel', 'beta'],
    ['site-notes'],
    ['@acme/a/b'],
    [],
  ])
    t.equal((await annex('install', ...args)).code, 2, args.join(' '))
  t.same(sent(), [])
})
