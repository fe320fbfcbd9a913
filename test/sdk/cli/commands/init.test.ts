import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compileProject } from '../compile-project.ts'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

for (const kind of ['connector', 'transformation']) {
  t.test(`a new ${kind} passes check and test, and its types compile`, async (t) => {
    const folder = t.testdir()
    const made = await runAnnex(folder, ['init', 'site-notes', '--kind', kind, '--publisher', 'acme', '--json'])
    t.match(made.json(), { ok: true, name: '@acme/site-notes' })
    const project = join(folder, 'site-notes')
    t.match(await runAnnex(project, ['check', '--json']), { code: 0 })
    const tested = await runAnnex(project, ['test', '--json'])
    t.match(tested.json(), { ok: true, passed: 1, failed: 0 })
    t.equal(compileProject(project), '')
  })
}

t.test('a call without its declared scope does not compile', async (t) => {
  const folder = t.testdir()
  await runAnnex(folder, ['init', 'site-notes'])
  const project = join(folder, 'site-notes')
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  manifest.annex.permissions.required.push({ scope: 'read:chantiers', reason: 'Reads the sites' })
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  t.equal((await runAnnex(project, ['check'])).code, 0, 'which writes the types anew')
  const handler = (call: string) => `import { defineConnector } from '@annex/sdk'
export default defineConnector({ async check(ctx) { ${call}; return [] }, streams: {} })`
  writeFileSync(join(project, 'src/index.ts'), handler('await ctx.platform.chantiers.list()'))
  t.equal(compileProject(project), '')
  writeFileSync(join(project, 'src/index.ts'), handler("await ctx.platform.chantiers.remove('x')"))
  t.match(compileProject(project), "Property 'remove' does not exist")
  writeFileSync(join(project, 'src/index.ts'), handler('await ctx.platform.timesheets.list()'))
  t.match(compileProject(project), "Property 'timesheets' does not exist")
})

t.test('never overwrites', async (t) => {
  const folder = t.testdir({ 'site-notes': { 'mine.txt': 'mine' } })
  const run = await runAnnexProcess(folder, ['init', 'site-notes'])
  t.equal(run.code, 2)
  t.match(run.stderr, 'not empty')
  t.notOk(existsSync(join(folder, 'site-notes/package.json')))
})

t.test('refuses a name, publisher or kind that cannot be', async (t) => {
  const folder = t.testdir()
  t.match(await runAnnex(folder, ['init', 'Bad Name']), { code: 2, stderr: /cannot be a name/ })
  t.match(await runAnnex(folder, ['init', '../up']), { code: 2, stderr: /cannot be a name/ })
  t.match(await runAnnex(folder, ['init', 'fine', '--publisher', '-x']), { code: 2 })
  t.match(await runAnnex(folder, ['init', 'fine', '--kind', 'theme']), { code: 2, stderr: /no kind "theme"/ })
})
