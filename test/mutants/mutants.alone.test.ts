import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { type FileResult, runFile } from '../runner/run-file.ts'
import { copyTree } from './copy-tree.ts'
import type { Mutant } from './mutant.ts'
import { plant } from './plant.ts'
import { EGRESS_MUTANTS } from './planted/egress.ts'
import { PERMISSION_MUTANTS } from './planted/permissions.ts'
import { SANDBOX_MUTANTS } from './planted/sandbox.ts'
import { TENANT_MUTANTS } from './planted/tenants.ts'

const MUTANTS: readonly Mutant[] = [...PERMISSION_MUTANTS, ...EGRESS_MUTANTS, ...SANDBOX_MUTANTS, ...TENANT_MUTANTS]
const FILE_MS = 120_000
const ALL_MS = 30 * 60_000

t.setTimeout(ALL_MS)
t.test('each planted bug turns its tests red', { timeout: ALL_MS }, async (t) => {
  const { root, run } = copyOfTheProject(t)
  await t.test('control: without a bug they are green', { timeout: ALL_MS }, async (t) => {
    for (const file of new Set(MUTANTS.flatMap(({ red }) => red))) {
      const { problems, output } = await run(file)
      t.same(problems, [], file)
      if (problems.length > 0) t.comment(output)
    }
  })
  if (!t.passing()) return t.comment('no bug was planted: what is red already finds nothing')
  let found = 0
  for (const mutant of MUTANTS) {
    await t.test(mutant.title, { timeout: ALL_MS }, async (t) => {
      const undo = plant(root, mutant)
      try {
        for (const file of mutant.red) {
          const { problems, assertions } = await run(file)
          t.not(assertions.length, 0, `${file} is red, with ${problems.join(', ') || 'no problem'}`)
        }
      } finally {
        undo()
      }
      if (t.passing()) found++
    })
  }
  t.comment(`${found} of ${MUTANTS.length} mutants were found`)
})

/** One that may be spoilt, and how a test file is run in it: as the short mode would. */
function copyOfTheProject(t: Test): { root: URL; run(file: string): Promise<FileResult> } {
  const place = mkdtempSync(join(tmpdir(), 'annex-mutants-'))
  t.teardown(() => rmSync(place, { recursive: true, force: true }))
  copyTree(fileURLToPath(new URL('../..', import.meta.url)), join(place, 'project'))
  // The programs of caged processes go there too, and run as other users.
  const temporary = join(place, 'tmp')
  mkdirSync(temporary)
  for (const folder of [place, temporary]) chmodSync(folder, 0o755)
  const env = { ...process.env, TMPDIR: temporary, TEST_MODES: undefined, TEST_ROUNDS: undefined }
  const root = pathToFileURL(`${join(place, 'project')}/`)
  return { root, run: (file) => runFile(root, file, env, FILE_MS) }
}
