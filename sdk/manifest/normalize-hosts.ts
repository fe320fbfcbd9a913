import type { AnnexManifest } from '../manifest.ts'
import type { ConfigHostWish, HostWish, InjectionWish, ManifestProblem } from './capabilities.ts'
import { hostCovers, parseHostPattern } from './host-pattern.ts'
import { schemaFields } from './schema-fields.ts'

const CONFIG_HOST = /^\{\{config\.([A-Za-z_][A-Za-z0-9_]{0,63})\}\}$/
const DEFAULT_PORT = { https: 443, http: 80 } as const

type Wanted = NonNullable<AnnexManifest['egress']>[number]

export interface Hosts {
  egress: HostWish[]
  configHosts: ConfigHostWish[]
}

/** Hosts in their one form, sorted; hosts of the configuration apart. */
export function hostWishes(annex: AnnexManifest, problems: ManifestProblem[]): Hosts {
  const hosts: Hosts = { egress: [], configHosts: [] }
  for (const [index, wanted] of (annex.egress ?? []).entries()) {
    const pointer = `/annex/egress/${index}`
    const config = CONFIG_HOST.exec(wanted.host)
    if (config) addConfigHost(hosts, { wanted, key: config[1] ?? '', pointer, annex }, problems)
    else addHost(hosts, wanted, pointer, problems)
  }
  hosts.egress.sort(byHost)
  hosts.configHosts.sort((a, b) => (a.key < b.key ? -1 : 1))
  return hosts
}

function byHost(a: HostWish, b: HostWish): number {
  const [x, y] = [`${a.host}:${a.port}:${a.scheme}`, `${b.host}:${b.port}:${b.scheme}`]
  return x < y ? -1 : x > y ? 1 : 0
}

function addHost(hosts: Hosts, wanted: Wanted, pointer: string, problems: ManifestProblem[]): void {
  if (wanted.match !== undefined)
    problems.push({ pointer: `${pointer}/match`, message: '`match` is for a host of the configuration only' })
  const parsed = parseHostPattern(wanted.host)
  if ('problem' in parsed) {
    problems.push({ pointer: `${pointer}/host`, message: `${JSON.stringify(wanted.host)}: ${parsed.problem}` })
    return
  }
  const wish = { host: parsed.host, ...target(wanted), reason: wanted.reason }
  if (hosts.egress.some((other) => byHost(other, wish) === 0))
    problems.push({ pointer: `${pointer}/host`, message: `${parsed.host} is named twice` })
  else hosts.egress.push(wish)
}

interface ConfigHostRequest {
  wanted: Wanted
  key: string
  pointer: string
  annex: AnnexManifest
}

function addConfigHost(hosts: Hosts, request: ConfigHostRequest, problems: ManifestProblem[]): void {
  const { wanted, key, pointer } = request
  if (!schemaFields(request.annex.config).includes(key))
    problems.push({ pointer: `${pointer}/host`, message: `the schema in \`config\` has no property ${key}` })
  if (hosts.configHosts.some((other) => other.key === key))
    problems.push({ pointer: `${pointer}/host`, message: `config.${key} is named twice` })
  const match =
    wanted.match === undefined ? { problem: 'a host of the configuration needs it' } : parseMatch(wanted.match)
  if (typeof match !== 'string') {
    problems.push({ pointer: `${pointer}/match`, message: `\`match\`: ${match.problem}; say "*.example.com" or "any"` })
    return
  }
  hosts.configHosts.push({ key, match, ...target(wanted), reason: wanted.reason })
}

function parseMatch(match: string): string | { problem: string } {
  if (match === 'any') return match
  const parsed = parseHostPattern(match)
  return 'problem' in parsed ? parsed : parsed.host
}

function target(wanted: Wanted): { scheme: 'https' | 'http'; port: number } {
  const scheme = wanted.scheme ?? 'https'
  return { scheme, port: wanted.port ?? DEFAULT_PORT[scheme] }
}

/** The injections with their hosts in the one form. A host that the extension may not reach gets no credential. */
export function injectionWishes(annex: AnnexManifest, hosts: Hosts, problems: ManifestProblem[]): InjectionWish[] {
  const wishes: InjectionWish[] = []
  for (const [index, injection] of (annex.credentials?.inject ?? []).entries()) {
    const pointer = `/annex/credentials/inject/${index}/host`
    const host = injectionHost(injection.host, hosts)
    if (typeof host === 'string') wishes.push({ ...injection, host })
    else problems.push({ pointer, message: host.problem })
  }
  return wishes
}

function injectionHost(text: string, hosts: Hosts): string | { problem: string } {
  const config = CONFIG_HOST.exec(text)
  if (config) {
    const named = hosts.configHosts.some((wish) => wish.key === config[1])
    return named ? text : { problem: `${text} is not under \`egress\`` }
  }
  const parsed = parseHostPattern(text)
  if ('problem' in parsed) return { problem: `${JSON.stringify(text)}: ${parsed.problem}` }
  const covered = hosts.egress.some((wish) => hostCovers(wish.host, parsed.host))
  return covered ? parsed.host : { problem: `${parsed.host} is not under \`egress\`` }
}
