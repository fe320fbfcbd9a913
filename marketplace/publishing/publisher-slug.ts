/** Names of publishers: the part before the slash in `@publisher/name`. */

const SLUG = /^[a-z0-9][a-z0-9-]{1,38}$/

/** Names that would speak for the platform, or that a path or a tool already means. */
const RESERVED: ReadonlySet<string> = new Set([
  'admin',
  'annex',
  'api',
  'catalog',
  'console',
  'docs',
  'downloads',
  'health',
  'install',
  'internal',
  'marketplace',
  'official',
  'operator',
  'platform',
  'publisher',
  'publishers',
  'review',
  'root',
  'sdk',
  'security',
  'staff',
  'support',
  'system',
  'test',
  'verified',
  'www',
])

export type SlugFault = 'malformed' | 'reserved'

/** `reserved` also for names that only look like a reserved one: what folds alike is taken alike. */
export function slugFault(slug: string, allowed: ReadonlySet<string> = new Set()): SlugFault | undefined {
  if (!SLUG.test(slug)) return 'malformed'
  if (allowed.has(slug)) return undefined
  const folded = foldName(slug)
  for (const word of RESERVED) if (foldName(word) === folded) return 'reserved'
  return undefined
}

/**
 * What two names must not share: separators and the letters that are read for one another fold to one form. The claim
 * is a row whose id is the folded name, so look-alikes collide in the index, not in a comparison.
 */
export function foldName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_.]/g, '')
    .replaceAll('0', 'o')
    .replaceAll('1', 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}
