import { RESERVED_NAMES } from '@annex/package/reserved-names'
import { isSlug } from '@annex/package/rules/extension-name'

export type SlugFault = 'malformed' | 'reserved'

/** `reserved` also for names that only look like a reserved one: what folds alike is taken alike. */
export function slugFault(slug: string, allowed: ReadonlySet<string> = new Set()): SlugFault | undefined {
  if (!isSlug(slug)) return 'malformed'
  if (allowed.has(slug)) return undefined
  const folded = foldName(slug)
  for (const word of RESERVED_NAMES) if (foldName(word) === folded) return 'reserved'
  return undefined
}

/**
 * What two names must not share: the claim is a row whose id is the folded name, so look-alikes collide in the index, not
 * in a comparison. What is folded, and what is not, because each false alarm keeps an honest name from somebody:
 * - hyphens go: `acme-tools` and `acmetools` are one name when spoken.
 * - `0` is `o`, and `1`, `i` and `l` are one: `1` is read for either of the others, so no key can hold them apart.
 * - `m` is `rn` and `w` is `vv`, which touch in proportional type. The short one is spelt out, never the other way about:
 *   `vvv` could be `wv` or `vw`, and each way of reading it must come to the same key.
 * - Not `cl` and `d`: through `i` and `l` it would make `ci` a `d` (`acid`, `add`), and `clay` and `day` are names.
 * - Not `5`, `2` and `8` for `s`, `z` and `b`: there digits mostly count (`erp5`, `b2b`, `k8s`). Not `nn` for `m`: two
 *   arches more. Not plurals or `-inc`: these are other names, for a reviewer to look at.
 */
export function foldName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_.]/g, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i]/g, 'l')
    .replaceAll('m', 'rn')
    .replaceAll('w', 'vv')
}
