import { getDomain } from 'tldts'

/**
 * Whether `host` (lower case, punycode, as `URL` gives it) is the one that `pattern` names: the same, or below `*.`
 * by at least one label. A wildcard over a public suffix (`*.com`, `*.github.io`) matches nothing: it would name
 * strangers' servers.
 */
export function matchesHost(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const base = pattern.slice(2)
  if (base.includes('*') || getDomain(base, { allowPrivateDomains: true, detectIp: true }) === null) return false
  return host.length > base.length + 1 && host.endsWith(`.${base}`) && !host.startsWith('.')
}
