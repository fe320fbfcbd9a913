import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { quickStartEnvironment } from '../runner/quick-start-environment.ts'

const root = join(import.meta.dirname, '../..')

interface Started {
  process: ChildProcess
  /** Everything that was printed so far. */
  output(): string
  /** Waits for a line. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** The service as `npm start` starts it. */
function start(t: { teardown(end: () => unknown): void }, settings: Record<string, string>): Started {
  const env = { ...quickStartEnvironment(), ANNEX_PORT: '0', ANNEX_LOG_LEVEL: 'error', ANNEX_SEED: 'off', ...settings }
  const child = spawn(process.execPath, [join(root, 'marketplace/main.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const grown = new EventTarget()
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      grown.dispatchEvent(new Event('text'))
    })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(output)
      if (found) return found
      const next = once(grown, 'text').then(() => true)
      const more = await Promise.race([next, ended.then(() => false)])
      if (!more && !pattern.test(output)) throw new Error(`ended without ${pattern}:\n${output}`)
    }
  }
  return { process: child, output: () => output, says, ended }
}

t.test('starts, serves, refuses a second one on the same data, and drains', async (t) => {
  const data = join(t.testdir(), 'data')
  const first = start(t, { ANNEX_DATA: data })
  const [, url = ''] = await first.says(/Annex +(http:\S+)/)
  const [, email = ''] = await first.says(/operator +(\S+)/)
  const [, password = ''] = await first.says(/password +(\S+)/)
  t.match(first.output(), data)

  const health = await fetch(`${url}/health`)
  t.match(await health.json(), { status: 'ok', store: { engine: 'sqlite', ok: true }, isolation: Array })
  t.equal((await fetch(`${url}/health/ready`)).status, 200)
  const login = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  t.match(await login.json(), { user: { platformRoles: ['operator', 'reviewer'] } })

  const second = start(t, { ANNEX_DATA: data })
  t.equal((await second.ended).code, 1)
  t.match(second.output(), /does not start: another process serves/)
  t.equal((await fetch(`${url}/health`)).status, 200, 'the first one is not disturbed')

  first.process.kill('SIGTERM')
  t.same(await first.ended, { code: 0, signal: null })

  const again = start(t, { ANNEX_DATA: data })
  await again.says(/Annex +http/)
  t.notMatch(again.output(), /password/, 'the password is printed once')
  again.process.kill('SIGKILL')
  await again.ended
  const afterKill = start(t, { ANNEX_DATA: data })
  await afterKill.says(/Annex +http/)
  afterKill.process.kill('SIGINT')
  t.equal((await afterKill.ended).code, 0, 'a killed holder leaves no lock')
})

t.test('says in words that its store does not answer', async (t) => {
  const MONGODB_URI = 'mongodb://annex:hidden@127.0.0.1:1/?serverSelectionTimeoutMS=300'
  const alone = start(t, { ANNEX_DATA: t.testdir(), MONGODB_URI })
  t.equal((await alone.ended).code, 1)
  t.match(alone.output(), /^Annex does not start: MongoDB at 127\.0\.0\.1:1 cannot be used: /)
  t.notMatch(alone.output(), /hidden|\n +at /)
})

t.test('says what is wrong with its settings', async (t) => {
  const wrong = start(t, { ANNEX_DATA: t.testdir(), ANNEX_PORT: '99999', ANNEX_PROT: '1' })
  t.equal((await wrong.ended).code, 1)
  t.match(wrong.output(), /ANNEX_PROT is not a setting/)
  t.match(wrong.output(), /ANNEX_PORT is 0 to 65535/)
  const overridden = {
    NODE_ENV: 'production',
    ANNEX_EGRESS_OVERRIDES: '{"a.example":{"address":"127.0.0.1","port":1,"scheme":"http"}}',
  }
  const production = start(t, { ANNEX_DATA: t.testdir(), ...overridden })
  t.equal((await production.ended).code, 1)
  t.match(production.output(), /ANNEX_EGRESS_OVERRIDES is for demonstration/)
})
