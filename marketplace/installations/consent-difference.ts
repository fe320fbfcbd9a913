import { type Asked, capabilityDifference, type Widening } from '@annex/sdk/manifest/capability-difference'
import type { Language } from '../catalog/permission-sheet.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { FRENCH } from './consent-difference-fr.ts'
import type { DifferenceWords } from './difference-words.ts'

/** What a version asks for beyond another, and what it asks for no more. */
export interface ConsentDifference {
  /** The version that it is compared with. */
  from: string
  added: DifferenceLine[]
  removed: DifferenceLine[]
}

export interface DifferenceLine {
  kind: Widening['kind']
  name: string
  /** A whole sentence, for people. */
  words: string
}

const ENGLISH: DifferenceWords = {
  nouns: {
    kind: 'Its kind',
    scope: 'The permission',
    host: 'The host',
    credential: 'The credential for',
    secret: 'The secret',
    webhook: 'The webhook of the scheme',
    event: 'The event',
    dependency: 'The extension',
    price: 'The price:',
  },
  less: 'is asked for less, or not any more',
  words: (widening) => widening,
}

/** Sets of rights are compared, not texts. */
export function consentDifference(
  before: ReleaseFacts,
  after: ReleaseFacts,
  language: Language = 'en',
): ConsentDifference {
  const [was, is] = [askedBy(before), askedBy(after)]
  const more = capabilityDifference(was, is)
  const less = capabilityDifference(is, was)
  const { nouns, less: removed, words } = language === 'fr' ? FRENCH : ENGLISH
  const lineOf = ({ kind, name }: Widening, said: string) => ({ kind, name, words: `${nouns[kind]} ${name} ${said}` })
  return {
    from: before.version,
    added: more.map((line) => lineOf(line, words(line.words))),
    removed: less.map((line) => lineOf(line, removed)),
  }
}

/** Whether a version asks for nothing that another did not. */
export function asksNoMore(before: ReleaseFacts, after: ReleaseFacts): boolean {
  return capabilityDifference(askedBy(before), askedBy(after)).length === 0
}

function askedBy({ capabilities, card }: ReleaseFacts): Asked {
  return { capabilities, paid: card.pricing !== 'FREE' }
}
