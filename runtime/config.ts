import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import type { EgressOverride } from './egress/send-hop.ts'
import type { LogLevel } from './log.ts'
import type { StoreEngine } from './storage/open-store.ts'

/** Everything that an operator sets. What is not named here cannot be set: an unknown `ANNEX_` variable is an error. */
export interface Config {
  /** No seeding, no egress overrides. */
  production: boolean
  /** Whether an empty catalog is filled with the examples. */
  seed: boolean
  /** False: nothing is found, published, reviewed or installed from the catalog; what is installed goes on. */
  marketplace: boolean
  host: string
  port: number
  /** Where the embedded store, its lock and the master key lie. */
  dataFolder: string
  store: StoreEngine
  /** 32 bytes from which all other keys are derived; absent: kept in the data folder, made on the first start. */
  masterKey?: Uint8Array
  logLevel: LogLevel
  /** Origins whose pages may call the API. */
  corsOrigins: readonly string[]
  apiKeyPrefix: string
  /** Seconds. */
  accessTokenLifetime: number
  operatorEmail: string
  /** The server that takes mail, with user and password, and the sender's address; absent: no mail is sent. */
  mail?: { url: string; from: string }
  /** `full` refuses to start when an isolation layer is missing. */
  requireIsolation: 'full' | 'available'
  egress: {
    overrides: Readonly<Record<string, EgressOverride>>
    allowPrivateRanges: readonly string[]
    /** Certificate authorities (PEM, one each) that upstreams may show besides those that Node knows. */
    extraCa?: readonly string[]
  }
}

/** What is wrong with the environment, all of it at once. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_ERROR'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`the configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

const KNOWN = [
  'ANNEX_HOST',
  'ANNEX_PORT',
  'ANNEX_DATA',
  'ANNEX_SEED',
  'ANNEX_MARKETPLACE',
  'ANNEX_STORE',
  'ANNEX_DATABASE',
  'ANNEX_MASTER_KEY',
  'ANNEX_LOG_LEVEL',
  'ANNEX_CORS_ORIGINS',
  'ANNEX_KEY_PREFIX',
  'ANNEX_TOKEN_SECONDS',
  'ANNEX_OPERATOR_EMAIL',
  'ANNEX_SMTP_URL',
  'ANNEX_MAIL_FROM',
  'ANNEX_REQUIRE_ISOLATION',
  'ANNEX_EGRESS_OVERRIDES',
  'ANNEX_EGRESS_PRIVATE_RANGES',
  'ANNEX_EGRESS_CA_FILE',
  // Of the command line, which may share an environment with the service.
  'ANNEX_SERVER',
  'ANNEX_PASSWORD',
  'ANNEX_KEY',
]

type Environment = Readonly<Record<string, string | undefined>>

/** The configuration that `environment` (`process.env`) says. Throws `ConfigError`. */
export function readConfig(environment: Environment = process.env): Config {
  const faults = Object.keys(environment)
    .filter((name) => name.startsWith('ANNEX_') && !KNOWN.includes(name))
    .map((name) => `${name} is not a setting`)
  const read = createReader(environment, faults)
  const production = environment.NODE_ENV === 'production'
  const dataFolder = resolve(read.text('ANNEX_DATA', 'data', /./))
  const masterKey = read.bytes('ANNEX_MASTER_KEY')
  const marketplace = read.choice('ANNEX_MARKETPLACE', 'on', ['on', 'off']) === 'on'
  const config: Config = {
    production,
    marketplace,
    seed: read.choice('ANNEX_SEED', production || !marketplace ? 'off' : 'on', ['on', 'off']) === 'on',
    dataFolder,
    host: read.text('ANNEX_HOST', '127.0.0.1', /^[\w.:-]+$/),
    port: read.integer('ANNEX_PORT', 3013, 0, 65_535),
    store: storeOf(environment, dataFolder, faults),
    ...(masterKey === undefined ? {} : { masterKey }),
    ...mailOf(environment, faults),
    logLevel: read.choice('ANNEX_LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error', 'silent']),
    corsOrigins: read.list('ANNEX_CORS_ORIGINS', isOrigin),
    apiKeyPrefix: read.text('ANNEX_KEY_PREFIX', 'hbc', /^[a-z][a-z0-9]{1,9}$/),
    accessTokenLifetime: read.integer('ANNEX_TOKEN_SECONDS', 24 * 3600, 60, 7 * 24 * 3600),
    operatorEmail: read.text('ANNEX_OPERATOR_EMAIL', 'operator@annex.example', /^\S+@\S+\.\S+$/),
    requireIsolation: read.choice('ANNEX_REQUIRE_ISOLATION', 'available', ['full', 'available']),
    egress: {
      overrides: overridesOf(environment.ANNEX_EGRESS_OVERRIDES, faults),
      allowPrivateRanges: read.list('ANNEX_EGRESS_PRIVATE_RANGES', isRange),
      extraCa: authoritiesOf(environment.ANNEX_EGRESS_CA_FILE, faults),
    },
  }
  if (production && config.store.kind === 'mongodb' && !config.masterKey)
    faults.push('ANNEX_MASTER_KEY must be the same on all nodes of one MongoDB: set it')
  if (production && config.seed) faults.push('ANNEX_SEED is for demonstration and development, not for production')
  if (production && Object.keys(config.egress.overrides).length > 0)
    faults.push('ANNEX_EGRESS_OVERRIDES is for demonstration and development, not for production')
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

function createReader(environment: Environment, faults: string[]) {
  const text = (name: string, otherwise: string, shape: RegExp): string => {
    const value = environment[name] || otherwise
    if (!shape.test(value)) faults.push(`${name} is malformed: ${value}`)
    return value
  }
  return {
    text,
    integer(name: string, otherwise: number, least: number, most: number): number {
      const value = Number(text(name, String(otherwise), /^\d+$/))
      if (!(value >= least && value <= most)) faults.push(`${name} is ${least} to ${most}`)
      return value
    },
    choice<T extends string>(name: string, otherwise: T, choices: readonly T[]): T {
      const value = environment[name] || otherwise
      const found = choices.find((choice) => choice === value)
      if (found === undefined) faults.push(`${name} is one of ${choices.join(', ')}`)
      return found ?? otherwise
    },
    list(name: string, fits: (entry: string) => boolean): string[] {
      const entries = (environment[name] ?? '').split(',').map((entry) => entry.trim())
      const given = entries.filter((entry) => entry !== '')
      for (const entry of given) if (!fits(entry)) faults.push(`${name}: ${entry} is malformed`)
      return given
    },
    /** The value itself is a secret and stays out of the message. */
    bytes(name: string): Uint8Array | undefined {
      const value = environment[name]
      if (!value) return undefined
      const bytes = Buffer.from(value, 'base64')
      if (bytes.length !== 32) faults.push(`${name} is 32 bytes in base64`)
      return bytes
    },
  }
}

function storeOf(environment: Environment, dataFolder: string, faults: string[]): StoreEngine {
  const kind = environment.ANNEX_STORE || (environment.MONGODB_URI ? 'mongodb' : 'sqlite')
  const uri = environment.MONGODB_URI
  if (kind === 'mongodb' && uri) return { kind, uri, database: environment.ANNEX_DATABASE || 'annex' }
  if (kind !== 'sqlite') faults.push('ANNEX_STORE is sqlite, or mongodb with MONGODB_URI')
  return { kind: 'sqlite', path: join(dataFolder, 'annex.db') }
}

/** The address holds a password and stays out of the message. */
function mailOf({ ANNEX_SMTP_URL: url, ANNEX_MAIL_FROM, ANNEX_OPERATOR_EMAIL }: Environment, faults: string[]) {
  if (!url) return {}
  const from = ANNEX_MAIL_FROM || ANNEX_OPERATOR_EMAIL || ''
  if (!URL.canParse(url) || !/^smtps?:$/.test(new URL(url).protocol))
    faults.push('ANNEX_SMTP_URL is smtp:// or smtps://')
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(from))
    faults.push('ANNEX_SMTP_URL needs ANNEX_MAIL_FROM, the address that mail comes from')
  return { mail: { url, from } }
}

function overridesOf(text: string | undefined, faults: string[]): Record<string, EgressOverride> {
  if (!text) return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && Object.values(parsed).every(isOverride))
      return parsed as Record<string, EgressOverride>
  } catch {
    // Not JSON: the same fault as JSON of another shape.
  }
  faults.push('ANNEX_EGRESS_OVERRIDES is {"host": {"address", "port", "scheme"}}')
  return {}
}

function isOverride(value: unknown): value is EgressOverride {
  if (typeof value !== 'object' || value === null) return false
  const { address, port, scheme } = value as Record<string, unknown>
  const reachable = typeof address === 'string' && isIP(address) !== 0 && Number.isInteger(port)
  return reachable && (scheme === 'http' || scheme === 'https')
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

function authoritiesOf(path: string | undefined, faults: string[]): string[] {
  if (!path) return []
  try {
    const found = readFileSync(path, 'utf8').match(PEM_CERTIFICATE) ?? []
    if (found.length > 0 && found.every((pem) => new X509Certificate(pem).ca)) return found
  } catch {
    // Not to be read, or no certificate: the same fault as a file without any.
  }
  faults.push('ANNEX_EGRESS_CA_FILE is a file of certificates of authorities in PEM')
  return []
}

function isOrigin(entry: string): boolean {
  return URL.canParse(entry) && new URL(entry).origin === entry
}

function isRange(entry: string): boolean {
  const [address = '', bits = ''] = entry.split('/')
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits)
}
