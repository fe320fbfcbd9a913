import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { quickStartEnvironment } from '../../../runner/quick-start-environment.ts'
import { newProject } from '../new-project.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

const MAIN = fileURLToPath(new URL('../../../../marketplace/main.ts', import.meta.url))
const DRAFT = { publisher: 'acme', name: 'site-notes', kind: 'transformation', year: 2026 } as const
const PERSON = { email: 'dev@example.com', password: 'correct horse battery', name: 'Dev' }

/** The whole service, in a process of its own on an empty store. */
async function startService(t: { teardown(end: () => unknown): void }, data: string): Promise<string> {
  const settings = { ANNEX_DATA: data, ANNEX_PORT: '0', ANNEX_SEED: 'off', ANNEX_LOG_LEVEL: 'silent' }
  const child = spawn(process.execPath, [MAIN], {
    env: { ...quickStartEnvironment(), ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url !== undefined) return url
  }
  throw new Error('the service ended without saying where it listens')
}

async function post(url: string, body: object, token?: string): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Record<string, unknown>
}

t.test('from login to review at the real service, as a person and with a key', async (t) => {
  const folder = t.testdir({ data: {}, home: {}, project: newProject(DRAFT) })
  const url = await startService(t, `${folder}/data`)
  const env = { XDG_CONFIG_HOME: `${folder}/home`, ANNEX_PASSWORD: PERSON.password }
  const login = ['login', '--server', url, '--email', PERSON.email]
  t.equal((await runAnnexProcess(folder, login, env)).code, 3, 'there is no account yet')
  t.equal((await runAnnexProcess(folder, [...login, '--register', '--name', PERSON.name], env)).code, 0)

  const unknown = await runAnnexProcess(folder, ['publish', 'project', '--json'], env)
  t.equal(unknown.code, 1, 'nobody owns the publisher yet')
  t.match(unknown.json(), {
    submission: { reviewStatus: 'validation_failed', findings: [{ rule: 'PUBLISHER_UNKNOWN' }] },
  })

  t.match((await runAnnexProcess(folder, ['publisher'], env)).stdout, 'no publisher yet')
  t.equal((await runAnnexProcess(folder, ['publisher', 'acme', '--name', 'Acme'], env)).code, 0)
  t.match((await runAnnexProcess(folder, ['publisher'], env)).stdout, /^acme {2}owner$/m)
  t.equal((await runAnnexProcess(folder, ['publisher', 'acme'], env)).code, 3, 'it is taken')
  const { accessToken } = await post(`${url}/api/auth/login`, { email: PERSON.email, password: PERSON.password })
  const key = await post(`${url}/api/auth/api-keys`, { name: 'ci', scopes: ['publish:acme'] }, String(accessToken))
  const published = await runAnnexProcess(folder, ['publish', 'project', '--json'], {
    ANNEX_SERVER: url,
    ANNEX_KEY: String(key.key),
  })
  t.equal(published.code, 0)
  t.match(published.json(), {
    submission: { extension: '@acme/site-notes', version: '0.1.0', reviewStatus: 'in_review' },
  })

  const listed = await runAnnexProcess(folder, ['status'], env)
  t.match(listed.stdout, /@acme\/site-notes 0\.1\.0 {2}in_review/)
})
