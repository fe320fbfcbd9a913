/** Words that French leaves small inside a name. */
const SMALL = new Set(['de', 'des', 'du', 'la', 'le', 'les', 'et', 'en', 'sur', 'sous', 'aux', 'à', 'lès'])

/** `RÉSIDENCE des TILLEULS` → `Résidence des Tilleuls`, `bourg-en-bresse` → `Bourg-en-Bresse`. */
export function titleCase(text: string): string {
  let first = true
  return text.toLowerCase().replace(/\p{L}+/gu, (word) => {
    const small = SMALL.has(word) && !first
    first = false
    return small ? word : word.charAt(0).toUpperCase() + word.slice(1)
  })
}
