/** Longer ones are no words of a language. */
const MOST_CHARACTERS = 40

/**
 * The words of a text in the one form that search compares: without case, accents and marks. Letters and digits only, so
 * nothing of a query language comes through.
 */
export function searchWords(text: string): string[] {
  const words = isPlain(text) ? text.toLowerCase().match(/[a-z0-9]+/g) : wordsOf(text)
  return (words ?? []).filter(({ length }) => length <= MOST_CHARACTERS)
}

/** ASCII has one form only, and is most of what there is. */
function isPlain(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

function wordsOf(text: string): string[] | null {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  return plain.match(/[\p{L}\p{N}]+/gu)
}
