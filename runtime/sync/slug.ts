/** A name for addresses made from a name for people: `Chantiers d'été` gives `chantiers-d-ete`. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const slug = plain.replace(/[^a-z0-9]+/g, '-').slice(0, 63)
  return slug.replace(/^-+|-+$/g, '') || 'integration'
}
