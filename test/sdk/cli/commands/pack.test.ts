import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newProject } from '../new-project.ts'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

const DRAFT = { publisher: 'my-company', name: 'site-notes', kind: 'connector', year: 2026 } as const

t.test('the same files give the same bytes, in whatever folder', async (t) => {
  const folder = t.testdir({ out: {}, 'site-notes': newProject(DRAFT) })
  cpSync(join(folder, 'site-notes'), join(folder, 'elsewhere/copied'), { recursive: true })
  const first = (await runAnnexProcess(folder, ['pack', 'site-notes', '--json'])).json()
  const second = (await runAnnex(folder, ['pack', 'elsewhere/copied', '--out', 'out', '--json'])).json()
  t.equal(first.digest, second.digest)
  t.equal(second.file, join(folder, 'out/my-company-site-notes-0.1.0.tgz'))
  const bytes = readFileSync(String(first.file))
  t.equal(createHash('sha256').update(bytes).digest('hex'), first.digest)
  t.equal(bytes.length, first.size)
})

t.test('what is generated or private stays out', async (t) => {
  const folder = t.testdir({ 'site-notes': newProject(DRAFT) })
  const { files } = (await runAnnex(folder, ['pack', 'site-notes', '--json'])).json()
  const paths = (files as { path: string }[]).map(({ path }) => path)
  t.ok(existsSync(join(folder, 'site-notes/annex-env.d.ts')))
  t.notOk(paths.some((path) => path.startsWith('.') || path === 'annex-env.d.ts'))
  for (const path of [
    'package.json',
    'annex.describe.json',
    'dist/extension.js',
    'dist/extension.js.map',
    'README.md',
  ]) {
    t.ok(paths.includes(path), path)
  }
})

t.test('a definition that is none cannot be packed', async (t) => {
  const folder = t.testdir({
    'package.json': JSON.stringify({
      name: '@acme/empty',
      version: '1.0.0',
      annex: {
        kind: 'transformation',
        displayName: 'Empty',
        category: 'OPERATIONS',
        entry: 'dist/e.js',
        platform: '>=1',
      },
    }),
    src: { 'index.ts': 'export const nothing = 1\n' },
  })
  const run = await runAnnex(folder, ['pack'])
  t.equal(run.code, 1)
  t.notOk(existsSync(join(folder, 'acme-empty-1.0.0.tgz')))
})
