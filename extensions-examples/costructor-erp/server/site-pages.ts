import type { CostructorSite } from './site.ts'

export interface SitePage {
  items: CostructorSite[]
  /** Absent on the last page. */
  nextCursor?: string
}

const MAX_LIMIT = 500

/**
 * One page by `?updatedSince=` (inclusive), `?updatedUntil=` (inclusive), `?limit=` and `?cursor=`, in the order of
 * (updatedAt, id). The cursor holds the last row's place in that order, so rows that change meanwhile move to the end
 * and none is skipped. A string says what is wrong with the query.
 */
export function pageOfSites(sites: readonly CostructorSite[], query: URLSearchParams): SitePage | string {
  const limit = Number(query.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return `limit must be from 1 to ${MAX_LIMIT}`
  const since = Date.parse(query.get('updatedSince') ?? '1970-01-01')
  const until = Date.parse(query.get('updatedUntil') ?? '9999-12-31')
  if (Number.isNaN(since) || Number.isNaN(until)) return 'updatedSince and updatedUntil must be instants (ISO 8601)'
  const after = readCursor(query.get('cursor'))
  if (after === 'invalid') return 'cursor is not one of ours'
  const rows = sites
    .filter(({ updatedAt }) => Date.parse(updatedAt) >= since && Date.parse(updatedAt) <= until)
    .toSorted((a, b) => compare(place(a), place(b)))
    .filter((site) => after === undefined || compare(place(site), after) > 0)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last ? { items, nextCursor: writeCursor(place(last)) } : { items }
}

type Place = readonly [updatedAt: string, id: string]

function place(site: CostructorSite): Place {
  return [site.updatedAt, site.id]
}

function compare(a: Place, b: Place): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1
  if (a[1] === b[1]) return 0
  return a[1] < b[1] ? -1 : 1
}

function writeCursor(at: Place): string {
  return Buffer.from(at.join('|')).toString('base64url')
}

function readCursor(text: string | null): Place | undefined | 'invalid' {
  if (text === null) return undefined
  const [updatedAt, id, ...rest] = Buffer.from(text, 'base64url').toString().split('|')
  return updatedAt && id && rest.length === 0 ? [updatedAt, id] : 'invalid'
}
