import { spawnSync } from 'node:child_process'
import t from 'tap'
import { COMMANDS } from '../../../../sdk/cli/commands.ts'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

t.test('bash completes commands and the options of a command', async (t) => {
  const { code, stdout } = await runAnnexProcess(t.testdir(), ['completion', 'bash'])
  t.equal(code, 0)
  const complete = (...words: string[]) => {
    const asked = `${stdout}\nCOMP_WORDS=(annex ${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length}\n`
    const { stdout: said } = spawnSync('bash', ['-c', `${asked}_annex\nprintf '%s\\n' "\${COMPREPLY[@]}"`], {
      encoding: 'utf8',
    })
    return said.trim().split('\n')
  }
  t.strictSame(complete('sta'), ['status'])
  t.strictSame(complete('dev', '--up'), ['--upstream'])
  t.strictSame(complete('test', '--no'), ['--no-color'])
})

t.test('each shell has every command', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await runAnnex(t.testdir(), ['completion', shell])
    for (const { name } of COMMANDS) t.match(stdout, name, `${shell} ${name}`)
  }
})

t.test('another shell is refused with those that there are', async (t) => {
  const run = await runAnnex(t.testdir(), ['completion', 'tcsh'])
  t.match(run, { code: 2, stderr: /bash, zsh or fish/ })
})
