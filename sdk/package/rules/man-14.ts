import { editDistance } from '../edit-distance.ts'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { NeighbourName } from '../outside.ts'
import type { OutsideStage, Rule } from '../rule.ts'
import { namePartsOf } from './extension-name.ts'

/** What is said to be alike: at most a fifth of the letters differ. */
const SHARE = 0.2
/** Longer names are cut: the distance costs the product of the lengths. */
const MAX_NAME = 80

export const man14: Rule = {
  id: 'MAN-14',
  severity: 'review',
  stage: 'outside',
  title: 'The name is not taken for another',
  why: 'A name that differs from a known one by a letter, or holds a protected word, is how people are led to the wrong extension.',
  fix: 'Choose a name of your own. If the word is yours, or only says what the extension connects to, tell the reviewer.',
  waivable: true,
  outside: nameProblems,
}

/** A published extension keeps its name, whatever came after it. */
function nameProblems({ package: held, outside }: OutsideStage): Iterable<Observation> | undefined {
  const { names, versions } = outside
  if (names === undefined) return undefined
  if (versions !== undefined && versions.length > 0) return []
  const displayName = displayNameOf(held.manifest)
  return names.flatMap((one) => {
    const pointer = likenessOf(held.name, displayName, one)
    if (pointer === undefined) return []
    const message = one.kind === 'trademark' ? `it holds ${shown(one.name)}, a protected word` : alike(one)
    return [{ message, file: MANIFEST_FILE, pointer }]
  })
}

function alike({ name, displayName }: NeighbourName): string {
  return `it is like ${shown(name)}${displayName === undefined ? '' : `, ${shown(displayName)}`}, of another publisher`
}

/** Which of the two names is like it, as a pointer. */
function likenessOf(own: string, displayName: string, other: NeighbourName): string | undefined {
  if (other.kind === 'trademark') {
    if (holdsWord(own, other.name)) return '/name'
    return holdsWord(displayName, other.name) ? '/annex/displayName' : undefined
  }
  const [mine, theirs] = [namePartsOf(own), namePartsOf(other.name)]
  if (mine.publisher === theirs.publisher) return undefined
  if (isNear(mine.name, theirs.name)) return '/name'
  return other.displayName !== undefined && isNear(displayName, other.displayName) ? '/annex/displayName' : undefined
}

function isNear(one: string, other: string): boolean {
  const [a, b] = [folded(one), folded(other)]
  const most = Math.floor(Math.max(a.length, b.length) * SHARE)
  return Math.abs(a.length - b.length) <= most && editDistance(a, b) <= most
}

/** As a word or words of its own: "WCAG" does not hold "WC". */
function holdsWord(text: string, word: string): boolean {
  const parts = (whole: string) =>
    ` ${folded(whole)
      .split(/[^\p{L}\p{M}\p{N}]+/u)
      .filter(Boolean)
      .join(' ')} `
  const wanted = parts(word)
  return wanted.trim() !== '' && parts(text).includes(wanted)
}

function folded(text: string): string {
  return text.slice(0, MAX_NAME).normalize('NFKC').toLowerCase()
}

function displayNameOf({ annex }: OutsideStage['package']['manifest']): string {
  const named = typeof annex === 'object' && annex !== null && !Array.isArray(annex) ? annex.displayName : undefined
  return typeof named === 'string' ? named : ''
}
