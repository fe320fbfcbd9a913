import { pathToFileURL } from 'node:url'
import t from 'tap'
import { processesOfGroup } from './processes-of-group.ts'
import { runFile } from './run-file.ts'

const folder = (files: Record<string, string>) => pathToFileURL(`${t.testdir(files)}/`)
const env = { PATH: process.env.PATH ?? '' }

t.test('reads what a file passed and failed', async (t) => {
  const root = folder({ 'mixed.ts': "console.log('ok 1 - a\\nnot ok 2 - b\\n1..2'); process.exitCode = 1" })
  const result = await runFile(root, 'mixed.ts', env, 20_000)
  t.match(result, { file: 'mixed.ts', passed: 1, failed: 1, problems: ['1 failed'] })
})

t.test('a file that dies without a failed test has failed', async (t) => {
  const root = folder({ 'dies.ts': "console.log('ok 1 - a'); process.kill(process.pid, 'SIGKILL')" })
  t.match(await runFile(root, 'dies.ts', env, 20_000), { passed: 1, failed: 1, problems: ['ended by SIGKILL'] })
})

t.test('a file without a test has failed', async (t) => {
  const result = await runFile(folder({ 'empty.ts': '' }), 'empty.ts', env, 20_000)
  t.match(result, { passed: 0, failed: 1, problems: ['holds no test'] })
})

t.test('ends a file that hangs, with all that it started', async (t) => {
  const started = "import { spawn } from 'node:child_process'; console.log(spawn('sleep', ['60']).pid, process.pid)"
  const result = await runFile(folder({ 'hangs.ts': started }), 'hangs.ts', env, 3_000)
  t.match(result, { failed: 1, problems: ['did not end within 3 s'] })
  const group = Number(result.output.trim().split(' ')[1])
  t.ok(group > 0)
  t.same(processesOfGroup(group), [])
})

t.test('a process left behind fails the file, and is ended', async (t) => {
  const leaves =
    "import { spawn } from 'node:child_process'; spawn('sleep', ['60'], { stdio: 'ignore' }).unref(); console.log('ok 1')"
  const result = await runFile(folder({ 'leaves.ts': leaves }), 'leaves.ts', env, 20_000)
  t.match(result, { passed: 1, failed: 1, problems: ['left 1 processes running'] })
})
