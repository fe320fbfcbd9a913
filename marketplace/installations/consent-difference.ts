import { type Asked, capabilityDifference, type Widening } from '@annex/sdk/manifest/capability-difference'
import type { Language } from '../catalog/permission-sheet.ts'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'
import { FRENCH_LESS, frenchLine, frenchWords } from './consent-difference-fr.ts'

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

const NOUNS: Readonly<Record<Widening['kind'], string>> = {
  kind: 'Its kind',
  scope: 'The permission',
  host: 'The host',
  credential: 'The credential for',
  secret: 'The secret',
  webhook: 'The webhook of the scheme',
  event: 'The event',
  dependency: 'The extension',
  price: 'The price:',
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
  if (language === 'en')
    return {
      from: before.version,
      added: more.map((line) => lineOf(line, line.words)),
      removed: less.map((line) => lineOf(line, 'is asked for less, or not any more')),
    }
  const french = ({ kind, name }: Widening, words: string) => ({ kind, name, words: frenchLine({ kind, name }, words) })
  return {
    from: before.version,
    added: more.map((line) => french(line, frenchWords(line.words))),
    removed: less.map((line) => french(line, FRENCH_LESS)),
  }
}

/** Whether a version asks for nothing that another did not. */
export function asksNoMore(before: ReleaseFacts, after: ReleaseFacts): boolean {
  return capabilityDifference(askedBy(before), askedBy(after)).length === 0
}

function askedBy({ capabilities, card }: ReleaseFacts): Asked {
  return { capabilities, paid: card.pricing !== 'FREE' }
}

function lineOf({ kind, name }: Widening, words: string): DifferenceLine {
  return { kind, name, words: `${NOUNS[kind]} ${name} ${words}` }
}
