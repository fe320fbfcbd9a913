import type { Manifest } from '@annex/sdk/manifest'
import { isPaid } from '@annex/sdk/manifest/is-paid'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

const MIN_DESCRIPTION = 15
/** What means something to programmers only; words that are names of formats and protocols are not among them. */
const JARGON = new Set(
  [
    'boilerplate callback codebase cron deserialize deserializes endpoint-agnostic enum foobar idempotency iife isolate',
    'lorem ipsum middleware mutex npm polyfill polymorphic refactor refactored regex runtime scaffold serializes',
    'singleton stacktrace stdin stdout todo tsconfig typescript webpack wip wrapper',
  ].flatMap((line) => line.split(' ')),
)

export const doc05: Rule = {
  id: 'DOC-05',
  severity: 'warning',
  stage: 'manifest',
  title: 'People can find the extension, and know what it does',
  why: 'The catalog shows and searches these texts; who reads them runs a business, not a program.',
  fix: 'Fill `description` with one sentence on what people get, `keywords` with the words that they search by; of what is to be bought, show screenshots.',
  check: poorTexts,
}

/** All in one: none of it is worth a list of its own. */
function* poorTexts({ manifest, place }: ManifestStage): Iterable<Observation> {
  const faults = faultsOf(manifest)
  const [first] = faults
  if (!first) return
  const message = faults.map(({ says }) => says).join('; ')
  yield { message, file: MANIFEST_FILE, pointer: first.pointer, line: lineAt(place, first.pointer) }
}

interface Fault {
  says: string
  pointer: string
}

function faultsOf(manifest: Manifest): Fault[] {
  const { description = '', keywords = [], annex } = manifest
  const faults: Fault[] = []
  const about = (says: string, pointer: string) => faults.push({ says, pointer })
  if (description.trim() === '') about('there is no description', '/description')
  else if (description.trim().length < MIN_DESCRIPTION || isSame(description, annex.displayName))
    about('the description says no more than the name', '/description')
  const jargon = wordsOf(description).filter((word) => JARGON.has(word))
  if (jargon.length > 0)
    about(`the description is for programmers: ${[...new Set(jargon)].map(shown).join(', ')}`, '/description')
  if (keywords.every((word) => word.trim() === '')) about('there are no keywords', '/keywords')
  // Most extensions have no screen of their own. Who pays wants to see what for.
  if (isPaid(manifest) && (annex.screenshots ?? []).length === 0)
    about('there are no screenshots of what is to be bought', '/annex/screenshots')
  return faults
}

function isSame(a: string, b: string): boolean {
  return wordsOf(a).join(' ') === wordsOf(b).join(' ')
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}-]+/u)
    .filter(Boolean)
}
