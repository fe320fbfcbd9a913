import type { Widening, WideningWords } from '@annex/sdk/manifest/capability-difference'

/** What a line is made of in one language: what it is about, its name, and what is said of it. */
export interface DifferenceWords {
  nouns: Readonly<Record<Widening['kind'], string>>
  /** Of what is asked for less. */
  less: string
  words(widening: WideningWords): string
}
