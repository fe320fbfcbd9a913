/** Longer ones are no words of a language. */
const MOST_CHARACTERS = 40

/**
 * The words of a text in the one form that search compares: without case, accents and marks. Letters and digits only, so
 * nothing of a query language comes through.
 */
export function searchWords(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? []
  return words.filter(({ length }) => length <= MOST_CHARACTERS)
}
