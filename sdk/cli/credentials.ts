import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, projectError, usageError } from './cli-error.ts'
import type { Configuration } from './configuration.ts'
import { EXIT } from './exit-codes.ts'

/** How the command line shows who it is: both go into `Authorization: Bearer`. */
export interface Login {
  server: string
  token: string
  kind: 'session' | 'key'
  email?: string
}

interface CredentialsFile {
  current: string
  logins: Record<string, Login>
}

/** The login for `server`, or the latest one. In CI `ANNEX_SERVER` and `ANNEX_KEY` stand for a login. */
export async function loginFor(configuration: Configuration, server: string | undefined): Promise<Login> {
  const wanted = server ?? configuration.server
  if (configuration.key !== undefined) {
    // Never sent to whatever server the last login happened to be at.
    if (wanted === undefined) throw usageError('ANNEX_KEY is set, but not for which server', 'Set ANNEX_SERVER too')
    return { server: serverAddress(wanted), token: configuration.key, kind: 'key' }
  }
  const file = await readCredentials(configuration)
  const login = file?.logins[wanted === undefined ? file.current : serverAddress(wanted)]
  if (login) return login
  const fix = `Run: annex login --server ${wanted ?? '<address>'}`
  throw new CliError(EXIT.server, 'NOT_LOGGED_IN', `You are not logged in${wanted ? ` at ${wanted}` : ''}`, { fix })
}

/** Keeps a login, for this user's eyes only; it becomes the current one. Returns the file's path. */
export async function keepLogin(configuration: Configuration, login: Login): Promise<string> {
  const path = join(configuration.configFolder, 'credentials.json')
  const earlier = await readCredentials(configuration)
  const file: CredentialsFile = { current: login.server, logins: { ...earlier?.logins, [login.server]: login } }
  await mkdir(configuration.configFolder, { recursive: true, mode: 0o700 })
  // Written beside and renamed: a crash never leaves half a file, and the mode is right from the first byte on.
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(file, null, 2), { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
  return path
}

/** The origin of a server's address, checked. */
export function serverAddress(text: string): string {
  const url = URL.parse(text)
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url.origin
  throw new CliError(EXIT.usage, 'USAGE', `"${text}" is no server address`, {
    fix: 'Write it in full: https://annex.example or http://127.0.0.1:3013',
  })
}

async function readCredentials(configuration: Configuration): Promise<CredentialsFile | undefined> {
  const path = join(configuration.configFolder, 'credentials.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw projectError(`The credentials cannot be read: ${String(error)}`, path, 'Make the file readable for you')
  }
  try {
    return parseFile(JSON.parse(text))
  } catch {
    throw projectError('The credentials file is damaged', path, 'Delete it and run annex login again')
  }
}

function parseFile(value: unknown): CredentialsFile {
  const { current, logins } = value as CredentialsFile
  if (typeof current !== 'string' || typeof logins !== 'object') throw new TypeError('not a credentials file')
  for (const login of Object.values(logins)) {
    if (typeof login.server !== 'string' || typeof login.token !== 'string') throw new TypeError('not a login')
  }
  return { current, logins }
}
