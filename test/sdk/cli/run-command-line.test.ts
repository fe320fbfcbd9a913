import t from 'tap'
import { runAnnex } from './run-annex.ts'
import { runAnnexProcess } from './run-annex-process.ts'

t.test('help names every command and the exit codes', async (t) => {
  const { code, stdout } = await runAnnexProcess(t.testdir(), [])
  t.equal(code, 0)
  for (const name of ['init', 'check', 'test', 'pack', 'login', 'publish', 'status']) t.match(stdout, `  ${name} `)
  t.match(stdout, 'Exit codes')
})

t.test('each command explains itself, with --help and with help', async (t) => {
  const folder = t.testdir()
  const [long, short] = [await runAnnex(folder, ['pack', '--help']), await runAnnex(folder, ['help', 'pack'])]
  t.equal(long.code, 0)
  t.equal(long.stdout, short.stdout)
  t.match(long.stdout, '--out <folder>')
})

t.test('a command or option that does not exist is refused with the nearest one', async (t) => {
  const folder = t.testdir()
  const command = await runAnnexProcess(folder, ['publsh'])
  t.equal(command.code, 2)
  t.match(command.stderr, 'Did you mean: annex publish?')
  const option = await runAnnex(folder, ['pack', '--otu', 'x'])
  t.equal(option.code, 2)
  t.match(option.stderr, 'Did you mean --out?')
  const far = await runAnnex(folder, ['pack', '--colour'])
  t.match(far.stderr, 'See: annex help pack')
})

t.test('an option without its value, a value for a flag, and one argument too many are refused', async (t) => {
  const folder = t.testdir()
  t.match(await runAnnex(folder, ['pack', '--out']), { code: 2, stderr: /--out needs a value/ })
  t.match(await runAnnex(folder, ['login', '--server', '--key', 'k']), { code: 2, stderr: /--server needs a value/ })
  t.match(await runAnnex(folder, ['publish', '--wait=yes']), { code: 2, stderr: /--wait takes no value/ })
  t.match(await runAnnex(folder, ['pack', 'a', 'b']), { code: 2, stderr: /does not take "b"/ })
  t.match(await runAnnex(folder, ['init']), { code: 2, stderr: /needs an argument/ })
})

t.test('with --json a refusal is one JSON document on standard output', async (t) => {
  const run = await runAnnexProcess(t.testdir(), ['check', 'nowhere', '--json'])
  t.equal(run.code, 2)
  t.equal(run.stderr, '')
  t.match(run.json(), { ok: false, error: { code: 'USAGE', where: 'nowhere', fix: String } })
})

t.test('tells the version', async (t) => {
  const run = await runAnnex(t.testdir(), ['version', '--json'])
  t.match(run.json(), { ok: true, version: /^\d+\.\d+\.\d+$/ })
})
