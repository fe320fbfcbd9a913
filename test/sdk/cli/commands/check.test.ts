import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newProject } from '../new-project.ts'
import { runAnnex } from '../run-annex.ts'

const FILES = { publisher: 'my-company', name: 'site-notes', kind: 'transformation', year: 2026 } as const

function change(path: string, edit: (manifest: { annex: Record<string, unknown> }) => void): void {
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  edit(manifest)
  writeFileSync(path, JSON.stringify(manifest, null, 2))
}

t.test('an unknown scope is found where it stands', async (t) => {
  const folder = t.testdir(newProject(FILES))
  change(join(folder, 'package.json'), ({ annex }) => {
    annex.permissions = { required: [{ scope: 'write:moon', reason: 'Why not' }] }
  })
  const run = await runAnnex(folder, ['check', '--json'])
  t.equal(run.code, 1)
  const findings = run.json().findings as { rule: string; file?: string; fix: string }[]
  const found = findings.find(({ rule }) => rule === 'MAN-08')
  t.match(found, { severity: 'error', file: 'package.json', pointer: /permissions/, fix: String })
})

t.test('for people each finding says rule, place and how to mend it', async (t) => {
  const folder = t.testdir(newProject(FILES))
  writeFileSync(join(folder, 'README.md'), 'x')
  const { code, stdout } = await runAnnex(folder, ['check'])
  t.equal(code, 1)
  t.match(stdout, /^error DOC-01 .*\n {2}where: README\.md.*\n {2}mend: {2}\S+/m)
  t.match(stdout, /check failed: 1 error/)
})

t.test('code that cannot be bundled is a finding with file and line', async (t) => {
  const folder = t.testdir(newProject(FILES))
  writeFileSync(join(folder, 'src/index.ts'), "\nimport fs from 'node:fs'\nexport default fs\n")
  const run = await runAnnex(folder, ['check', '--json'])
  t.equal(run.code, 1)
  t.match(run.json().findings, [{ rule: 'BUILD', file: 'src/index.ts', line: 2, message: /module of Node/ }])
})

t.test('code that fails while loading is told with its message', async (t) => {
  const folder = t.testdir(newProject(FILES))
  writeFileSync(join(folder, 'src/index.ts'), "throw new Error('not today')\nexport default {}\n")
  const run = await runAnnex(folder, ['check', '--json'])
  t.equal(run.code, 1)
  t.match(run.json().error, { code: 'LOAD_FAILED', message: /not today/ })
})

t.test('checks a file as well as a folder', async (t) => {
  const folder = t.testdir(newProject(FILES))
  await runAnnex(folder, ['pack'])
  const file = join(folder, 'my-company-site-notes-0.1.0.tgz')
  t.match((await runAnnex(folder, ['check', file, '--json'])).json(), { ok: true, package: { version: '0.1.0' } })
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.subarray(0, bytes.length / 2))
  const cut = await runAnnex(folder, ['check', file, '--json'])
  t.equal(cut.code, 1)
  t.match(cut.json().findings, [{ rule: 'PKG-01' }])
})

t.test('a folder without an extension is told so', async (t) => {
  const run = await runAnnex(t.testdir({ 'a.txt': '' }), ['check'])
  t.equal(run.code, 1)
  t.match(run.stdout, 'there is no package.json')
  t.match(run.stdout, 'annex init')
})

t.test('--sarif tells the same to code hosts', async (t) => {
  const folder = t.testdir(newProject({ publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 }))
  writeFileSync(join(folder, 'src/index.ts'), "export default await import('node:fs')")
  const run = await runAnnex(folder, ['check', '--sarif'])
  t.equal(run.code, 1)
  t.match(run.json(), {
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'annex check', rules: [{ id: 'BUILD' }] } },
        results: [
          {
            ruleId: 'BUILD',
            level: 'error',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'src/index.ts' },
                  region: { startLine: 1, startColumn: Number },
                },
              },
            ],
          },
        ],
      },
    ],
  })
})
