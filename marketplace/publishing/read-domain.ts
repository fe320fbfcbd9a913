import { domainToASCII, domainToUnicode } from 'node:url'
import { parse } from 'tldts'
import { type Outcome, refused } from '../errors.ts'

/** Letters, marks and digits of any script: what the URL standard would drop or decode on the way is no domain name. */
const WRITTEN = /^[\p{L}\p{M}\p{N}.-]{1,253}$/u
const NAME = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
/** Under these stand addresses and keys, not owners. */
const NOT_FOR_OWNERS = /(^|\.)(arpa|onion)$/

/**
 * The one form of a domain that can stand for a publisher: lower case, punycode. Only a registrable domain can, as the
 * public suffix list has it, hosts' own suffixes included (`somebody.github.io` yes, `github.io` no): one below it may
 * belong to a customer of its owner, and readers would take it for the owner. Refuses with `DOMAIN_INVALID`.
 */
export function readDomain(text: string): Outcome<string> {
  const domain = WRITTEN.test(text) ? domainToASCII(text.toLowerCase()) : ''
  if (!NAME.test(domain) || domain.length > 253 || !isSoundPunycode(domain)) return invalid('this is no domain name')
  const { domain: registrable, isIcann, isPrivate, isIp } = parse(domain, { allowPrivateDomains: true })
  if (isIp) return invalid('an address is no domain name')
  if ((!isIcann && !isPrivate) || NOT_FOR_OWNERS.test(domain))
    return invalid('nobody registers names under this ending')
  if (registrable === null) return invalid(`"${domain}" is an ending under which anybody may have a name`)
  return registrable === domain ? { ok: true, value: domain } : invalid(`name the registered domain: "${registrable}"`)
}

/** Punycode that stands for nothing, or for signs that are no letters, is passed through by the URL standard's tools. */
function isSoundPunycode(domain: string): boolean {
  const shown = domainToUnicode(domain)
  return WRITTEN.test(shown) && !/(^|\.)xn--/.test(shown) && domainToASCII(shown) === domain
}

function invalid(message: string) {
  return refused('DOMAIN_INVALID', message)
}
