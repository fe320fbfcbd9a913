import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '@annex/package/bundle'
import type { Finding } from '@annex/package/finding'
import { ERROR_CODES } from '@annex/sdk/errors'
import { HOST_CALLS } from '@annex/sdk/host-api'
import type { Manifest } from '@annex/sdk/manifest'
import t from 'tap'
import { BACKGROUND_STEP_LIMITS, STEP_LIMITS } from '../../runtime/sandbox/limits.ts'
import { COMMANDS } from '../../sdk/cli/commands.ts'
import { parseCommandLine } from '../../sdk/cli/parse-command-line.ts'
import { writeEnvironment } from '../../sdk/cli/write-environment.ts'
import { compileProject } from './cli/compile-project.ts'
import { type Folder, newProject } from './cli/new-project.ts'
import { runAnnex } from './cli/run-annex.ts'

const README = readFileSync(new URL('../../sdk/README.md', import.meta.url), 'utf8')

/** The code blocks whose fence says `language words`. */
function blocks(info: string): string[] {
  return [...README.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, said, code]) =>
    said === info ? [code ?? ''] : [],
  )
}

/** Rows of tables whose first cell is code, as texts without the quotes of code. */
function rows(heading: string): string[][] {
  const section = README.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/^\| `.*$/gm)].map(([line]) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  )
}

t.test('the table of refusals is the table of codes', async (t) => {
  const expected = Object.entries(ERROR_CODES).map(([code, { retryable, meaning }]) => [
    code,
    retryable ? 'yes' : 'no',
    meaning,
  ])
  t.strictSame(rows('Refusals'), expected)
})

t.test('the limits are those of the sandbox', async (t) => {
  const names = Object.keys(STEP_LIMITS) as (keyof typeof STEP_LIMITS)[]
  const expected = names.map((name) => [name, String(STEP_LIMITS[name]), String(BACKGROUND_STEP_LIMITS[name])])
  t.strictSame(
    rows('Limits').map((row) => row.slice(0, 3)),
    expected,
  )
})

t.test('every host call and every command is explained', async (t) => {
  for (const name of Object.keys(HOST_CALLS)) {
    t.match(README, `\`ctx.${name.replace('platform.', 'platform.chantiers.')}(`, name)
  }
  for (const { name } of COMMANDS) t.match(README, `annex ${name}`)
})

/** Each example with the manifest that stands before it. */
const EXAMPLES = examples()

for (const [index, { manifest, source }] of EXAMPLES.entries()) {
  t.test(`example ${index + 1} compiles and can be bundled`, async (t) => {
    const folder = t.testdir(project(manifest, source))
    await writeEnvironment(folder, manifest.annex)
    t.equal(compileProject(folder), '')
    t.match(await bundle(folder, { source: 'src/index.ts', entry: 'dist/extension.js' }), { ok: true, warnings: [] })
  })
}

for (const name of ['@my-company/site-notes', '@my-company/invoice-relay']) {
  t.test(`the first connector of ${name} passes the rules`, async (t) => {
    const example = EXAMPLES.find(({ manifest }) => manifest.name === name)
    const folder = t.testdir(example ? project(example.manifest, example.source) : {})
    const run = await runAnnex(folder, ['check', '--json'])
    const errors = (run.json().findings as Finding[]).filter(({ severity }) => severity === 'error')
    t.strictSame(errors, [])
    t.equal(run.code, 0)
  })
}

t.test('what can be done without a server is done, line by line', async (t) => {
  let folder = t.testdir()
  for (const words of commandLines('sh local')) {
    if (words[0] === 'cd') folder = join(folder, words[1] ?? '')
    else t.match(await runAnnex(folder, words.slice(1)), { code: 0 }, words.join(' '))
  }
  t.ok(existsSync(join(folder, 'my-company-site-notes-0.1.0.tgz')))
})

t.test('the server of an author serves a new project', async (t) => {
  const draft = newProject({ publisher: 'my-company', name: 'site-notes', kind: 'connector', year: 2026 })
  const folder = t.testdir({ ...draft, dev: { 'upstream.ts': blocks('ts upstream')[0] ?? '' } })
  const args = ['streams.items.read', '--once', '--upstream', 'dev/upstream.ts']
  const run = await runAnnex(folder, ['dev', ...args])
  t.match(run, { code: 0, stdout: /page {3}2: \{"records":\[\{"id":"b"\}\],"checkpoint":1\}/ })
})

t.test('every other line is one that the command takes', async (t) => {
  const lines = [...commandLines('sh server'), ...commandLines('sh dev')]
  t.ok(lines.length > 8)
  for (const [annex, name, ...args] of lines) {
    const entry = COMMANDS.find((one) => one.name === name)
    t.equal(annex, 'annex')
    if (entry)
      await t.resolves(
        entry.load().then((command) => parseCommandLine(command, args)),
        `${name} ${args.join(' ')}`,
      )
    else t.fail(`there is no command ${name}`)
  }
})

/** The words of each line of these blocks; what stands after ` #` is for people. */
function commandLines(info: string): string[][] {
  const lines = blocks(info).flatMap((block) => block.trim().split('\n'))
  return lines.map((line) => [
    ...line
      .replace(/\s#.*$/, '')
      .matchAll(/'([^']*)'|(\S+)/g)
      .map(([, quoted, plain]) => quoted ?? plain ?? ''),
  ])
}

function examples(): { manifest: Manifest; source: string }[] {
  const found: { manifest: Manifest; source: string }[] = []
  let manifest: Manifest | undefined
  for (const [, info, text = ''] of README.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)) {
    if (info === 'json manifest') manifest = JSON.parse(text)
    if (info === 'ts extension' && manifest) found.push({ manifest, source: text })
  }
  return found
}

function project(manifest: Manifest, source: string): Folder {
  const kind = manifest.annex.kind
  const { fixtures: _ofAnother, ...files } = newProject({
    publisher: 'my-company',
    name: 'site-notes',
    kind,
    year: 2026,
  })
  return { ...files, 'package.json': JSON.stringify(manifest), src: { 'index.ts': source } }
}
