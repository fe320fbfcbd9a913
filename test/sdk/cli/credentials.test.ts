import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readConfiguration } from '../../../sdk/cli/configuration.ts'
import { keepLogin, loginFor, serverAddress } from '../../../sdk/cli/credentials.ts'

const one = { server: 'https://one.example', token: 'secret-1', kind: 'key' } as const
const two = { server: 'https://two.example', token: 'secret-2', kind: 'session', email: 'a@b.example' } as const

t.test('kept for this user alone, the latest is the current one', async (t) => {
  const configuration = readConfiguration({ XDG_CONFIG_HOME: t.testdir() })
  const file = await keepLogin(configuration, one)
  await keepLogin(configuration, two)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(statSync(configuration.configFolder).mode & 0o777, 0o700)
  t.strictSame(await loginFor(configuration, undefined), two)
  t.strictSame(await loginFor(configuration, 'https://one.example/'), one)
})

t.test('a file that others could read is closed again', async (t) => {
  const configuration = readConfiguration({ XDG_CONFIG_HOME: t.testdir() })
  const file = await keepLogin(configuration, one)
  writeFileSync(file, readFileSync(file), { mode: 0o644 })
  await keepLogin(configuration, two)
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('in CI the environment stands for a login', async (t) => {
  const env = { XDG_CONFIG_HOME: t.testdir(), ANNEX_SERVER: 'https://ci.example', ANNEX_KEY: 'k' }
  t.match(await loginFor(readConfiguration(env), undefined), { server: 'https://ci.example', token: 'k', kind: 'key' })
})

t.test('a key without its server is sent nowhere', async (t) => {
  const configuration = readConfiguration({ XDG_CONFIG_HOME: t.testdir(), ANNEX_KEY: 'k' })
  await keepLogin(configuration, one)
  await t.rejects(loginFor(configuration, undefined), { name: 'CliError', message: /not for which server/ })
})

t.test('without a login says how to get one', async (t) => {
  const configuration = readConfiguration({ XDG_CONFIG_HOME: t.testdir() })
  await t.rejects(loginFor(configuration, 'https://one.example'), {
    code: 'NOT_LOGGED_IN',
    exit: 3,
    fix: /annex login/,
  })
})

t.test('a damaged file is named, not overwritten', async (t) => {
  const folder = t.testdir({ annex: { 'credentials.json': '{ half' } })
  const configuration = readConfiguration({ XDG_CONFIG_HOME: folder })
  await t.rejects(keepLogin(configuration, one), { name: 'CliError', where: join(folder, 'annex/credentials.json') })
  t.equal(readFileSync(join(folder, 'annex/credentials.json'), 'utf8'), '{ half')
})

t.test('an address is http or https, and only its origin counts', async (t) => {
  t.equal(serverAddress('http://127.0.0.1:3013/x?y'), 'http://127.0.0.1:3013')
  for (const wrong of ['annex.example', 'ftp://annex.example', ''])
    t.throws(() => serverAddress(wrong), { name: 'CliError', exit: 2 })
})
