import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient, textAt } from '../../faults/client.ts'
import { startServer } from './started-server.ts'

/** The real service in a process of its own, on an empty durable store. */
export interface AnnexService {
  url: string
  /** May do everything over the platform. */
  operator: Client
  /** Somebody new, with an organization of their own. */
  register(name: string): Promise<Person>
}

export interface Person extends Client {
  userId: string
}

const READY_MS = 30_000

/** `work` with the service, which is gone afterwards with all that it kept. Its catalog is empty unless `env` says otherwise. */
export async function withAnnex<T>(
  work: (service: AnnexService) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const quiet = { ANNEX_LOG_LEVEL: 'error', ANNEX_SEED: 'off' }
  const settings = { ANNEX_DATA: folder, ANNEX_PORT: '0', ANNEX_STORE: 'sqlite', ...quiet, ...env }
  const entry = new URL('../../../marketplace/main.ts', import.meta.url)
  const server = await startServer(entry, /^Annex\s+(http:\S+)/m, { env: settings })
  try {
    await ready(server.url)
    const operator = await signIn(server.url, accountIn(server.output()))
    return await work({ url: server.url, operator, register: (name) => register(server.url, name) })
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ready(url: string): Promise<void> {
  for (const deadline = performance.now() + READY_MS; performance.now() < deadline; await sleep(20)) {
    if ((await fetch(`${url}/health/ready`)).ok) return
  }
  throw new Error(`the service is not ready within ${READY_MS} ms`)
}

/** The banner of a first start tells it. */
function accountIn(output: string): { email: string; password: string } {
  const email = /^operator\s+(\S+)/m.exec(output)?.[1]
  const password = /^password\s+(\S+)/m.exec(output)?.[1]
  if (!email || !password) throw new Error(`the service did not print its operator's account:\n${output}`)
  return { email, password }
}

async function signIn(url: string, account: { email: string; password: string }): Promise<Client> {
  const answer = await createClient(() => url).expect('POST', '/api/auth/login', account)
  return createClient(() => url, { authorization: `Bearer ${textAt(answer, 'accessToken')}` })
}

async function register(url: string, name: string): Promise<Person> {
  const account = { email: `${name}@${name}.example`, password: `the password of ${name}`, name }
  const answer = await createClient(() => url).expect('POST', '/api/auth/register', account)
  const client = createClient(() => url, { authorization: `Bearer ${textAt(answer, 'accessToken')}` })
  return { ...client, userId: textAt(answer, 'user.id') }
}
