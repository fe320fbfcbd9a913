import { idOf } from './fill-catalog.ts'
import { createDraw, type MadeUp, madeUp } from './made-up-catalog.ts'

export const CATALOG = '/api/marketplace/catalog'

/** A path for each number: another one each time, so that nothing is remembered from the time before. */
export type Question = (index: number) => string

/** What people ask of a catalog of so many made-up extensions. */
export function catalogQuestions(count: number): Readonly<Record<string, Question>> {
  const drawn = (index: number) => madeUp(createDraw(1_000_000 + index).below(count))
  const word = (index: number) => createDraw(2_000_000 + index).of(wordsOf(drawn(index)))
  const filter = (name: string, value: (one: MadeUp) => string | undefined): Question => {
    return (index) => list({ [name]: value(drawn(index)) ?? '', ...limitOf(index) })
  }
  return {
    'first page, no words': (index) => list(limitOf(index)),
    'one word': (index) => list({ q: word(index) }),
    'two words': (index) => list({ q: wordsOf(drawn(index)).slice(1, 3).join(' ') }),
    'three words': (index) => list({ q: wordsOf(drawn(index)).slice(1).join(' ') }),
    'the beginning of a word': (index) => list({ q: word(index).slice(0, 1 + (index % 4)) }),
    'two words of nearly every README': (index) => list({ q: common(index) }),
    'a misspelt word': (index) => list({ q: misspelt(word(index), index) }),
    'eight misspelt words': (index) => list({ q: Array.from({ length: 8 }, (_, at) => nonsense(index, at)).join(' ') }),
    category: filter('category', ({ category }) => category),
    kind: filter('kind', ({ kind }) => kind),
    'integration type': filter('integrationType', ({ integrationType }) => integrationType ?? 'ERP'),
    publisher: filter('publisher', ({ publisher }) => publisher),
    'verified or not': (index) => list({ verified: String(index % 2 === 0), ...limitOf(index) }),
    pricing: filter('pricing', ({ pricing }) => pricing),
    'a word and every filter': (index) => {
      const { category, kind, integrationType, pricing } = drawn(index)
      const type = integrationType === undefined ? {} : { integrationType }
      return list({ q: word(index), verified: 'true', category, kind, pricing, ...type })
    },
    detail: (index) => `${CATALOG}/${idOf(drawn(index)).slice(1)}`,
  }
}

/** Lists that are read page by page; a page holds the most that one may. */
export const DEEP: Readonly<Record<string, string>> = {
  'a deep page, no words': list({ limit: '100' }),
  'a deep page of one word': list({ q: 'invoice', limit: '100' }),
}

const COMMON =
  'daily records your system platform every change kept double entries fields mapped shown tried again nothing lost stops choose taken state date works several companies settings checked before start needs server reads granted'.split(
    ' ',
  )

function common(index: number): string {
  const first = index % COMMON.length
  const second = first + 1 + (Math.floor(index / COMMON.length) % (COMMON.length - 1))
  return `${COMMON[first]} ${COMMON[second % COMMON.length]}`
}

function list(query: Readonly<Record<string, string>>): string {
  return `${CATALOG}?${new URLSearchParams({ limit: '20', ...query })}`
}

/** Pages of nearly the same size are other questions all the same. */
function limitOf(index: number): { limit: string } {
  return { limit: String(16 + (index % 8)) }
}

function wordsOf({ displayName }: MadeUp): [string, ...string[]] {
  return displayName
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== 'for') as [string, ...string[]]
}

function misspelt(word: string, index: number): string {
  const at = 1 + createDraw(3_000_000 + index).below(word.length - 1)
  return `${word.slice(0, at)}${word.slice(at + 1)}`
}

/** Near some words and like none. */
function nonsense(index: number, at: number): string {
  const [brand] = wordsOf(madeUp(8 * index + at))
  return `${brand.slice(0, 3)}q${brand.slice(3)}ar`
}
