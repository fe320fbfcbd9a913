import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { buildApp, type Person } from '../../../marketplace/gateway/build-app.ts'

/** Without the pinned Node: what a new author's machine has. */
const MACHINE_PATH = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))

interface Ran {
  code: number
  stdout: string
  stderr: string
}

function run(cwd: string, command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const { HOME = '' } = process.env
  const environment = { PATH: MACHINE_PATH.join(delimiter), HOME, NO_COLOR: '1', ...env }
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd, env: environment }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
    child.stdin?.end()
  })
}

t.test('from the download to a published extension, with nothing but npm (S-173…S-188)', async (t) => {
  const app = await buildApp(t)
  const reviewer = await app.operator()
  const author = await app.person('author')
  await author.call('POST', '/api/marketplace/publishers', { slug: 'my-company', displayName: 'My company' })
  const folder = mkdtempSync(join(tmpdir(), 'annex-author-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const env = { XDG_CONFIG_HOME: join(folder, 'home'), ANNEX_PASSWORD: author.password }
  const annex = async (cwd: string, ...args: string[]) => {
    const ran = await run(cwd, join(folder, 'node_modules/.bin/annex'), args, env)
    t.equal(ran.code, 0, `annex ${args[0]}: ${ran.stdout}${ran.stderr}`)
    return ran.stdout
  }

  const npm = ['install', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund']
  const installed = await run(folder, 'npm', [...npm, `${app.url}/downloads/annex-cli.tgz`])
  t.equal(installed.code, 0, installed.stderr)
  const version = await run(folder, '/usr/bin/env', ['node', '--version'])
  t.not(version.stdout.trim(), process.version, "the machine's own Node is another")

  await annex(folder, 'init', 'first-notes', '--publisher', 'my-company')
  const project = join(folder, 'first-notes')
  t.ok(readdirSync(join(project, '.annex/sdk')).includes('context.ts'), 'the types came with it')
  await annex(project, 'check')
  t.match(await annex(project, 'test'), /1 passed/)
  await annex(project, 'pack')
  await annex(project, 'login', '--server', app.url, '--email', author.email)
  const approving = approve(reviewer)
  const published = JSON.parse(await annex(project, 'publish', '--wait', '--json'))
  await approving
  t.match(published, { submission: { extension: '@my-company/first-notes', reviewStatus: 'published' } })
  const shown = await app.call('GET', '/api/marketplace/catalog/my-company/first-notes')
  t.equal(shown.text('version'), '0.1.0')

  t.test('what it depends on has exact versions and is on the public registry', async (t) => {
    const root = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'))
    const packed = JSON.parse(readFileSync(join(folder, 'node_modules/@annex/cli/package.json'), 'utf8'))
    const { esbuild, node } = root.dependencies
    t.same(packed.dependencies, { esbuild, 'isolated-vm': root.dependencies['isolated-vm'] })
    t.same([...new Set(Object.values(packed.optionalDependencies))], [node])
  })
})

/** A reviewer takes the first package that comes into the queue. */
async function approve(reviewer: Person): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { body } = await reviewer.call('GET', '/api/marketplace/reviews')
    const [review] = (body as { data: { id: string; digest: string }[] }).data
    if (review) {
      const path = `/api/marketplace/reviews/${review.id}`
      await reviewer.call('POST', `${path}/claim`)
      const decided = await reviewer.call('POST', `${path}/verdict`, { verdict: 'approve', digest: review.digest })
      if (decided.status !== 200) throw new Error(JSON.stringify(decided.body))
      return
    }
    await sleep(50)
  }
  throw new Error('nothing came into the queue')
}
