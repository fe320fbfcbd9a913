import { resourceEventType } from '@annex/sdk/event-types'
import type { Capabilities, ConfigHostWish, HostWish, ScopeWish } from '@annex/sdk/manifest/capabilities'
import { limitsOf } from '@annex/sdk/scope-limits'
import type { Scope, ScopeResource } from '@annex/sdk/scopes'
import { limitWords } from '../../runtime/permissions/limit-words.ts'
import { type Restrictions, restrictionsIn } from '../../runtime/permissions/restrictions.ts'
import type { EventLine, HostLine, Language, PermissionSheet, ScopeLine } from './permission-sheet.ts'
import { frenchSheet } from './permission-words-fr.ts'

const NOUNS: Readonly<Record<ScopeResource, string>> = {
  assets: 'machines and equipment',
  rse: 'CSR reports',
  sav: 'after-sales tickets',
  chantiers: 'construction sites',
  timesheets: 'timesheets',
  documents: 'documents',
  tasks: 'tasks',
  'payroll-variables': 'payroll variables',
  planning: 'planning entries',
  invoices: 'invoices',
}

/** `reasons` are the author's own in that language, by scope or host. */
export function permissionSheet(
  capabilities: Capabilities,
  language: Language = 'en',
  reasons: Readonly<Record<string, string>> = {},
): PermissionSheet {
  return sheetIn(englishSheet(capabilities), language, reasons)
}

/** A sheet that was made in English, in another language. */
export function sheetIn(
  sheet: PermissionSheet,
  language: Language,
  reasons: Readonly<Record<string, string>> = {},
): PermissionSheet {
  return withReasons(language === 'en' ? sheet : frenchSheet(sheet), reasons)
}

function withReasons(sheet: PermissionSheet, reasons: Readonly<Record<string, string>>): PermissionSheet {
  const told = <L extends { reason: string }>(line: L, key: string): L =>
    Object.hasOwn(reasons, key) ? { ...line, reason: reasons[key] ?? line.reason } : line
  return {
    ...sheet,
    required: sheet.required.map((line) => told(line, line.scope)),
    optional: sheet.optional.map((line) => told(line, line.scope)),
    hosts: sheet.hosts.map((line) => told(line, line.host)),
  }
}

function englishSheet(capabilities: Capabilities): PermissionSheet {
  const { scopes, egress, configHosts, events, credentials } = capabilities
  return {
    required: scopes.required.map(scopeLine),
    optional: scopes.optional.map(scopeLine),
    hosts: [...egress.map(hostLine), ...configHosts.map(configHostLine)],
    events: events.subscribes.map(eventLine),
    ...(credentials ? { credentials: { type: credentials.type, fields: [...credentials.fields] } } : {}),
  }
}

/** How a grant names a host of a manifest: the bare name on https and 443, with scheme and port otherwise. */
export function hostKey({ host, scheme, port }: Pick<HostWish, 'host' | 'scheme' | 'port'>): string {
  return scheme === 'https' && port === 443 ? host : `${scheme}://${host}:${port}`
}

/** How a grant names a host that the configuration will hold. */
export function configHostKey({ key, scheme, port }: Pick<ConfigHostWish, 'key' | 'scheme' | 'port'>): string {
  return hostKey({ host: `{{config.${key}}}`, scheme, port })
}

function scopeLine({ scope, reason, ...wish }: ScopeWish): ScopeLine {
  const limits = limitsOf(wish)
  return { scope, words: grantWords(scope, restrictionsIn(limits)), reason, ...limits }
}

/** What a scope under these restrictions lets one do, in plain words. */
export function grantWords(scope: Scope, limits: Restrictions): string {
  const [action, resource] = scope.split(':')
  const noun = NOUNS[resource as ScopeResource] ?? resource
  // Deleting takes every field away: a grant for some of them is none to delete.
  const acts = action === 'read' ? 'Read' : limits.columns ? 'Create and change' : 'Create, change and delete'
  return [`${acts} your ${noun}`, ...limitWords(limits)].join(', ')
}

function hostLine(wish: HostWish): HostLine {
  const target = wish.host.startsWith('*.') ? `every server below ${wish.host.slice(2)}` : wish.host
  return { host: hostKey(wish), words: `Exchange data with ${target}${plainHttp(wish)}`, reason: wish.reason }
}

function configHostLine(wish: ConfigHostWish): HostLine {
  const { key, match, reason } = wish
  const bound = match === 'any' ? 'any server that you name' : `a server that you name, within ${match}`
  const words = `Exchange data with ${bound} in the setting "${key}"${plainHttp(wish)}`
  return { host: configHostKey(wish), words, reason, config: { key, match } }
}

/** No scope guards what extensions tell each other, so the words must not sound as if one did. */
function eventLine(type: string): EventLine {
  const resource = resourceEventType(type)?.resource
  const words = resource
    ? `Be told at once of ${type} among your ${NOUNS[resource.scope]}, as far as it may read them`
    : `Receive ${type} from other extensions, with all that they put into it, whatever scopes are granted`
  return { type, words }
}

function plainHttp({ scheme }: { scheme: 'https' | 'http' }): string {
  return scheme === 'http' ? ', without encryption' : ''
}
