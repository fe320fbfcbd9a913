import { type Asked, capabilityDifference, type Widening } from '@annex/sdk/manifest/capability-difference'
import type { ReleaseFacts } from '../publishing/drafts-collection.ts'

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
export function consentDifference(before: ReleaseFacts, after: ReleaseFacts): ConsentDifference {
  const [was, is] = [askedBy(before), askedBy(after)]
  return {
    from: before.version,
    added: capabilityDifference(was, is).map((line) => lineOf(line, line.words)),
    removed: capabilityDifference(is, was).map((line) => lineOf(line, 'is asked for less, or not any more')),
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
