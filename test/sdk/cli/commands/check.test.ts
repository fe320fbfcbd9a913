import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newProject } from '../new-project.ts'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

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
  const { code, stdout } = await runAnnexProcess(folder, ['check'])
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

t.test('runs the package too, and writes down the report that it prints', async (t) => {
  const folder = t.testdir(newProject(FILES))
  change(join(folder, 'package.json'), ({ annex }) => {
    annex.egress = [{ host: 'api.example.com', reason: 'The API that nobody asks' }]
  })
  const run = await runAnnex(folder, ['check', '--json', '--report', 'report.json'])
  t.equal(run.code, 0)
  t.equal(readFileSync(join(folder, 'report.json'), 'utf8'), run.stdout)
  t.match(run.json(), {
    ruleSet: String,
    use: { hosts: [{ name: 'api.example.com', asked: 'required', seen: 'never' }] },
    measured: [{ platform: '1.1.0', cpuMs: Number }],
  })
  const executions = run.json().executions as { rule: string; outcome: string }[]
  t.match(
    executions.find(({ rule }) => rule === 'RUN-02'),
    { outcome: 'pass' },
  )
  t.match((await runAnnex(folder, ['check'])).stdout, /asked for, and not seen in use: api\.example\.com/)
})

t.test('a fixture that does not pass is an error, at the place where it fails', async (t) => {
  const folder = t.testdir(newProject({ publisher: 'acme', name: 'site-notes', kind: 'connector', year: 2026 }))
  const source = readFileSync(join(folder, 'src/index.ts'), 'utf8').split('\n')
  const line = source.findIndex((text) => text.includes('if (!answer.ok)')) + 1
  source.splice(line - 1, 1, "  throw new Error('not today')")
  writeFileSync(join(folder, 'src/index.ts'), source.join('\n'))
  writeFileSync(join(folder, 'README.md'), `# Site notes\n\n${'It brings the notes of sites in. '.repeat(20)}\n`)
  const { code, stdout } = await runAnnex(folder, ['check'])
  t.equal(code, 1)
  t.match(stdout, new RegExp(`^error RUN-02 .*not today\\n  where: src/index\\.ts:${line}:\\d+$`, 'm'))
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
  const run = await runAnnexProcess(folder, ['check', '--sarif'])
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
