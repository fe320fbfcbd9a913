import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { buildApp } from '../../../marketplace/gateway/build-app.ts'
import { quickStartEnvironment } from '../../../runner/quick-start-environment.ts'
import { newProject } from '../new-project.ts'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

const MAIN = fileURLToPath(new URL('../../../../sdk/cli/main.ts', import.meta.url))
const DRAFT = { publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 } as const
const SOURCE = `import { defineConnector } from '@annex/sdk'

export default defineConnector({
  async check(ctx) {
    ctx.log.debug('quiet')
    ctx.log.info('loud\\u001b[31m', { n: 1 })
    return []
  },
  streams: {},
  actions: {
    fail: {
      params: { type: 'object' },
      async run() {
        throw new Error('broken')
      },
    },
  },
})
`

t.test('unpublished bytes in the own organization, and what they log', async (t) => {
  const app = await buildApp(t)
  const author = await app.person('author')
  const { fixtures: _ofAnother, ...project } = newProject(DRAFT)
  const folder = t.testdir({ home: {}, project })
  mkdirSync(join(folder, 'project/src'), { recursive: true })
  writeFileSync(join(folder, 'project/src/index.ts'), SOURCE)
  writeFileSync(
    join(folder, 'project/README.md'),
    `# Site notes\n\n${'It tells what it sees, and fails. '.repeat(20)}\n`,
  )
  const env = { XDG_CONFIG_HOME: join(folder, 'home'), ANNEX_PASSWORD: author.password }
  const annex = (...args: string[]) => runAnnex(folder, args, env)
  t.equal((await annex('login', '--server', app.url, '--email', author.email)).code, 0)
  let installation = ''

  t.test('is asked for as a draft, and needs somebody who agrees', async (t) => {
    t.match(await annex('install', 'project'), { code: 2, stderr: /--draft/ })
    t.match(await annex('install', 'project', '--draft', '--config', '{'), { code: 2, stderr: /not JSON/ })
    const asked = await annex('install', 'project', '--draft')
    t.equal(asked.code, 2, asked.stderr)
    t.match(asked.stderr, /It asks for:\n.*api\.example\.com/)
    t.match(asked.stderr, /--grant all/)
  })

  t.test('runs once it is granted, marked as a draft', async (t) => {
    const done = await annex('install', 'project', '--draft', '--grant', 'all', '--json')
    t.equal(done.code, 0, done.stdout)
    t.match(done.json(), { installation: { state: 'active', extension: '@acme/site-notes', draft: { id: /^dft_/ } } })
    installation = (done.json().installation as { id: string }).id
    t.match(await annex('install', 'project', '--draft', '--grant', 'all'), { code: 0, stdout: /a draft until/ })
    const { drafts } = (await annex('status', '--drafts', '--json')).json() as { drafts: { id: string }[] }
    t.match(drafts, [{ extension: '@acme/site-notes', version: '0.1.0' }])
    t.match(await annex('status', drafts.at(-1)?.id ?? ''), { code: 0, stdout: /@acme\/site-notes 0\.1\.0 {2}until/ })
  })

  t.test('a key installs nothing', async (t) => {
    const key = await app.key(author, ['read'])
    const refused = await runAnnexProcess(folder, ['install', 'project', '--draft'], {
      ANNEX_SERVER: app.url,
      ANNEX_KEY: key,
    })
    t.match(refused, { code: 2, stderr: /annex login/ })
  })

  const run = (handler = ['check']) =>
    app.services.runtime.invocations.invoke({
      ...{ organizationId: author.organizationId, installationId: installation },
      ...{ handler, args: [], reason: 'test' as const },
    })

  t.test('its log lines, as text and as JSON', async (t) => {
    const { runId } = await run()
    const text = await annex('logs', installation)
    t.match(text.stdout, new RegExp(`${runId} DEBUG quiet\n.*${runId} INFO  loud.{1,8}\\[31m \\{"n":1\\}`))
    t.notMatch(text.stdout, '\u001b', 'what a guest says reaches no terminal as it is')
    const { lines } = (await annex('logs', installation, '--level', 'info', '--run', runId, '--json')).json()
    t.match(lines, [{ invocationId: runId, level: 'info', details: { n: 1 } }])
    t.match(await annex('logs', installation, '--level', 'loud'), { code: 2, stderr: /no level/ })
    t.match(await annex('logs', 'ins_other'), { code: 3, stderr: /NOT_FOUND/ })
  })

  t.test('followed, they come as they are written, each once', async (t) => {
    const args = [MAIN, 'logs', installation, '--follow', '--level', 'info', '--json']
    const child = spawn(process.execPath, args, { env: { ...quickStartEnvironment(), ...env }, cwd: folder })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => String((await lines.next()).value)
    const first: { invocationId: string } = JSON.parse(await next())
    const ran = [await run(), await run()].map(({ runId }) => runId)
    const seen: string[] = []
    while (seen.length < 2) seen.push(JSON.parse(await next()).invocationId)
    t.same(seen.sort(), ran.sort())
    t.notOk(ran.includes(first.invocationId))
    const later = await run()
    t.equal(JSON.parse(await next()).invocationId, later.runId)
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  t.test('a run that failed is told with its place, though it logged nothing', async (t) => {
    const { runId } = await run(['actions', 'fail', 'run'])
    const { stdout } = await annex('logs', installation, '--level', 'error')
    t.match(
      stdout,
      new RegExp(`${runId} ERROR actions\\.fail\\.run failed: \\w+: broken \\(src/index\\.ts:\\d+:\\d+\\)`),
    )
    t.match(stdout, `next: annex replay ${runId} --installation ${installation}`)
    const { lines } = (await annex('logs', installation, '--run', runId, '--json')).json()
    t.match(lines, [{ invocationId: runId, level: 'error', failed: true }])
    const other = await run()
    t.notMatch((await annex('logs', installation, '--run', other.runId)).stdout, 'failed')
  })
})
