import { searchWords } from './search-words.ts'

/** More words than this add nothing that a person means. */
const MAX_WORDS = 8

/** What a person typed, as expressions of FTS5. Words are quoted: nothing typed is an operator. */
export interface TextQuery {
  /** The whole text in lower case: a name itself. */
  exact: string
  /** All words or their beginnings: in names only; in all that lists show. */
  named: string
  told: string
  /** All words, whole: READMEs hold too many for beginnings to mean something. */
  contained: string
  /** Each word, or one that it may have been meant for; nothing when there is none. */
  meant(): string | undefined
}

/** `undefined` when there is no word in it. `near` gives the words that one may have been meant for. */
export function textQuery(text: string, near: (word: string) => string[]): TextQuery | undefined {
  const words = [...new Set(searchWords(text))].slice(0, MAX_WORDS)
  if (words.length === 0) return undefined
  const told = `(${words.map((word) => `"${word}"*`).join(' AND ')})`
  const contained = `(${words.map((word) => `"${word}"`).join(' AND ')})`
  return {
    exact: text.trim().toLowerCase(),
    named: `({name publisher title} : ${told})`,
    told,
    contained,
    // Asked for only when what was spelt like this does not fill the page.
    meant() {
      const variants = words.map((word) => [`"${word}"*`, ...near(word).map((other) => `"${other}"`)])
      if (variants.every(({ length }) => length === 1)) return undefined
      return `(${variants.map((each) => `(${each.join(' OR ')})`).join(' AND ')})`
    },
  }
}
