import { isIP } from 'node:net'
import type { EgressGrant } from '../installation-source.ts'
import type { AddressPolicy } from './address.ts'
import { type Denial, denial } from './denial.ts'
import { MAX_URL_LENGTH } from './egress-limits.ts'
import { matchesHost } from './host-pattern.ts'

export type Parsed = { url: URL } | { denial: Denial }

/** Parses once, by the URL standard: whatever is decided or dialled later comes from this object, never from the text. */
export function parseTarget(text: string, base?: URL): Parsed {
  if (text.length > MAX_URL_LENGTH) return { denial: denial('INVALID_ARGUMENT', 'url', 'the URL is too long') }
  const url = URL.parse(text, base?.href)
  if (!url) return { denial: denial('INVALID_ARGUMENT', 'url', 'the URL cannot be parsed; it must be absolute') }
  url.hash = ''
  return { url }
}

/** Whether this URL may be reached at all. Names are held against the address policy later, when they are resolved. */
export function checkTarget(
  url: URL,
  grants: readonly EgressGrant[],
  addresses: AddressPolicy,
  isOverridden: (host: string) => boolean,
): Denial | undefined {
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https' && scheme !== 'http') return denied('scheme', `${scheme}: is not a scheme that can be fetched`)
  if (url.username !== '' || url.password !== '') return denied('userinfo', `the URL for ${url.hostname} has user info`)
  const place = describeTarget(url)
  if (!grants.some((grant) => isGranted(grant, url))) {
    return denied('host-not-granted', `${place} is not among the hosts granted to this installation`)
  }
  const literal = addressLiteral(url)
  if (literal === undefined || isOverridden(url.hostname)) return undefined
  return addresses.isException(literal) ? undefined : denied('address-literal', `${place} is an address, not a name`)
}

/** `https://api.example.org:443`: the parts that a grant names. */
export function describeTarget(url: URL): string {
  return `${url.protocol}//${url.hostname}:${portOf(url)}`
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

function isGranted(grant: EgressGrant, url: URL): boolean {
  return `${grant.scheme}:` === url.protocol && grant.port === portOf(url) && matchesHost(grant.host, url.hostname)
}

/** The URL standard has already turned 2130706433, 0x7f.1 and 0177.0.0.1 into 127.0.0.1. */
function addressLiteral(url: URL): string | undefined {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return isIP(host) === 0 ? undefined : host
}

function denied(rule: string, message: string): Denial {
  return denial('EGRESS_DENIED', rule, message)
}
