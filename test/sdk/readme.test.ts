import { readFileSync } from 'node:fs'
import { bundle } from '@annex/package/bundle'
import { ERROR_CODES } from '@annex/sdk/errors'
import { HOST_CALLS } from '@annex/sdk/host-api'
import type { Manifest } from '@annex/sdk/manifest'
import t from 'tap'
import { BACKGROUND_STEP_LIMITS, STEP_LIMITS } from '../../runtime/sandbox/limits.ts'
import { COMMANDS } from '../../sdk/cli/commands.ts'
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

t.test('the manifest and the first connector pass the rules together', async (t) => {
  const [manifest = '', source = ''] = [...blocks('json manifest'), ...blocks('ts extension')]
  const folder = t.testdir(project(JSON.parse(manifest), source))
  const run = await runAnnex(folder, ['check', '--json'])
  t.strictSame(run.json().findings, [])
  t.equal(run.code, 0)
})

for (const [index, source] of blocks('ts extension').entries()) {
  t.test(`example ${index + 1} compiles and can be bundled`, async (t) => {
    const manifest = JSON.parse(blocks('json manifest')[0] ?? '{}') as Manifest
    const folder = t.testdir(project(manifest, source))
    await writeEnvironment(folder, manifest.annex)
    t.equal(compileProject(folder), '')
    t.match(await bundle(folder, { source: 'src/index.ts', entry: 'dist/extension.js' }), { ok: true, warnings: [] })
  })
}

function project(manifest: Manifest, source: string): Folder {
  const kind = manifest.annex.kind
  const files = newProject({ publisher: 'my-company', name: 'site-notes', kind, year: 2026 })
  return { ...files, 'package.json': JSON.stringify(manifest), src: { 'index.ts': source } }
}
