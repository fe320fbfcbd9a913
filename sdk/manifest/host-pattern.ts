import { domainToASCII } from 'node:url'

/** A host as capabilities hold it: lower case, punycode, no trailing dot; `wildcard` covers every name below it. */
export interface HostPattern {
  /** With the leading `*.` when it is a wildcard. */
  host: string
  wildcard: boolean
}

/**
 * The one form of a host that a manifest names, or why it is none. Names only: an address literal in any of its forms,
 * a single label and a wildcard anywhere but as the whole leftmost label are refused. Public suffixes
 * (`*.co.uk`) are not looked at here.
 */
export function parseHostPattern(text: string): HostPattern | { problem: string } {
  const wildcard = text.startsWith('*.')
  const name = wildcard ? text.slice(2) : text
  if (name.includes('*')) return { problem: '`*.` is allowed as the leftmost label only' }
  // domainToASCII drops, or maps to a dot, some of what a URL parser would give another meaning.
  if (!/^[\p{L}\p{M}\p{N}.-]{1,253}$/u.test(name)) return { problem: 'it is not a host name' }
  const ascii = domainToASCII(name)
  if (!isDnsName(ascii)) return { problem: 'it is not a full host name, such as api.example.com' }
  return { host: wildcard ? `*.${ascii}` : ascii, wildcard }
}

function isDnsName(ascii: string): boolean {
  const labels = ascii.split('.')
  if (ascii.length > 253 || labels.length < 2) return false
  // RFC 3696 section 2: a top level is never all digits; such a text is an IPv4 address to a URL parser.
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return false
  return labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
}

/** Whether every host that `inner` covers is covered by `outer` too. Both in their one form. */
export function hostCovers(outer: string, inner: string): boolean {
  if (outer === inner) return true
  return outer.startsWith('*.') && inner.endsWith(outer.slice(1))
}
