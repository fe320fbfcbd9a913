import { hostCovers } from '@annex/sdk/manifest/host-pattern'
import { entryOf, grantOf } from '@annex/sdk/read-grants'
import type { ScopeGrant } from '@annex/sdk/scopes'
import { configHostKey, hostKey } from '../catalog/permission-words.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import type { Granted } from './consent.ts'

/**
 * The part of a grant that another version asks for: scopes as they were granted, and hosts that a granted one covers.
 * Never more than was granted. That it is enough is another question: `asksNoMore`.
 */
export function carriedGrant(before: ReleaseFacts, granted: Pick<Granted, 'scopes' | 'hosts'>, after: ReleaseFacts) {
  const { scopes, egress, configHosts } = after.capabilities
  const asked = new Map([...scopes.required, ...scopes.optional].map((wish) => [wish.scope, wish]))
  const givenHosts = before.capabilities.egress.filter((wish) => granted.hosts.includes(hostKey(wish)))
  const hosts = egress.filter((wish) =>
    givenHosts.some(
      ({ host, scheme, port }) => hostCovers(host, wish.host) && scheme === wish.scheme && port === wish.port,
    ),
  )
  const configured = configHosts.map(configHostKey).filter((key) => granted.hosts.includes(key))
  return {
    manifestDigest: after.manifestDigest,
    scopes: granted.scopes.map(grantOf).flatMap((grant) => {
      const wish = asked.get(grant.scope)
      return wish ? [entryOf(narrowedTo(grant, wish))] : []
    }),
    hosts: [...new Set([...hosts.map(hostKey), ...configured])].sort(),
  }
}

/** An admin's limit that is wider than the version's own would seem to grant what it does not: it is cut to it. */
function narrowedTo(grant: ScopeGrant, { columns, maxRows }: Pick<ScopeGrant, 'columns' | 'maxRows'>): ScopeGrant {
  const fields = grant.columns && columns ? grant.columns.filter((field) => columns.includes(field)) : grant.columns
  const rows = grant.maxRows !== undefined && maxRows !== undefined ? Math.min(grant.maxRows, maxRows) : grant.maxRows
  const { columns: _columns, maxRows: _maxRows, ...rest } = grant
  return { ...rest, ...(fields && { columns: fields }), ...(rows === undefined ? {} : { maxRows: rows }) }
}
