import { readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'
import { json, scriptedServer } from '../scripted-server.ts'

t.test('a person logs in with a password from the environment, and later commands use the login', async (t) => {
  const folder = t.testdir()
  const server = await scriptedServer(t, [json(200, { accessToken: 'the-session' }), json(200, { data: [] })])
  const env = { XDG_CONFIG_HOME: folder, ANNEX_PASSWORD: 'correct horse' }
  const run = await runAnnex(folder, ['login', '--server', server.url, '--email', 'a@b.example', '--json'], env)
  t.equal(run.code, 0)
  const file = String(run.json().credentials)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notMatch(readFileSync(file, 'utf8'), 'correct horse', 'the password is not kept')
  t.notMatch(run.stdout, 'the-session', 'the token is not shown')
  t.strictSame(JSON.parse(String(server.seen[0]?.body)), { email: 'a@b.example', password: 'correct horse' })
  t.equal((await runAnnex(folder, ['status'], { XDG_CONFIG_HOME: folder })).code, 0)
  t.equal(server.seen[1]?.headers.authorization, 'Bearer the-session')
})

t.test('a key is tried before it is kept', async (t) => {
  const folder = t.testdir()
  const server = await scriptedServer(t, [json(401, { code: 'UNAUTHENTICATED', title: 'Unknown key' }), json(200, {})])
  const env = { XDG_CONFIG_HOME: folder }
  const wrong = await runAnnex(folder, ['login', '--server', server.url, '--key', 'wrong'], env)
  t.match(wrong, { code: 3, stderr: /Unknown key/ })
  t.equal((await runAnnex(folder, ['status'], env)).code, 3, 'nothing was kept')
  t.equal((await runAnnex(folder, ['login', '--server', server.url, '--key', 'right'], env)).code, 0)
})

t.test('without a terminal it asks nobody', async (t) => {
  const folder = t.testdir()
  const run = await runAnnexProcess(folder, ['login', '--server', 'http://127.0.0.1:9'], { XDG_CONFIG_HOME: folder })
  t.match(run, { code: 2, stderr: /--email/ })
})
