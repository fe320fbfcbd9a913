import fc from 'fast-check'
import t from 'tap'
import { createSimilarNames } from '../../../marketplace/catalog/similar-names.ts'
import { createSlips } from '../../../marketplace/catalog/slips.ts'
import { createVocabulary } from '../../../marketplace/catalog/vocabulary.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 9 })

/** The same by its definition, without a bound. */
function slipsByTheBook(a: string, b: string): number {
  const at = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j
    const same = a[i - 1] === b[j - 1] ? 0 : 1
    const least = Math.min(row(i - 1, j - 1) + same, row(i - 1, j) + 1, row(i, j - 1) + 1)
    const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
    return swapped ? Math.min(least, row(i - 2, j - 2) + 1) : least
  }
  const known = new Map<string, number>()
  const row = (i: number, j: number): number => {
    const found = known.get(`${i},${j}`) ?? at(i, j)
    known.set(`${i},${j}`, found)
    return found
  }
  return row(a.length, b.length)
}

t.test('slips are counted up to a bound', async (t) => {
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 5 }), fc.integer({ min: 1, max: 3 }), (one, others, most) => {
      const slipsTo = createSlips(one, most)
      for (const other of others)
        t.equal(slipsTo(other), Math.min(slipsByTheBook(one, other), most + 1), `${one} ${other} ${most}`)
    }),
    { numRuns: 500 },
  )
})

t.test('a vocabulary knows the words that came and did not go', async (t) => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 4, maxLength: 6 })
  const step = fc.record({ word: letters, add: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), letters, (steps, asked) => {
      const vocabulary = createVocabulary()
      const counts = new Map<string, number>()
      for (const { word, add } of steps) {
        const count = counts.get(word) ?? 0
        if (!add && count === 0) continue
        vocabulary[add ? 'add' : 'remove']([word])
        counts.set(word, add ? count + 1 : count - 1)
      }
      const near = [...counts]
        .filter(([word, count]) => count > 0 && !word.startsWith(asked) && slipsByTheBook(asked, word) <= 1)
        .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      t.same(vocabulary.near(asked), near.map(([word]) => word).slice(0, 8))
    }),
    { numRuns: 200 },
  )
  const numbers = createVocabulary()
  numbers.add(['2024', '2025'])
  t.same(numbers.near('2026'), [], 'a number is meant as it is')
})

t.test('names that differ little are found, nearest first, others of the publisher not among them', async (t) => {
  const similar = createSimilarNames<{ name: string }>('@acme/invoice-sync')
  t.same(similar.length, { min: 9, max: 15 })
  const named = (...names: string[]) => names.map((name) => ({ name }))
  similar.look(named('@other/invoice-snyc', '@other/invoice-sync', '@acme/invoice-syn', '@other/voice-sync'))
  similar.look(named('@other/invoices-sync', '@other/cnys-eciovni', '@other/ledger-bridge'))
  t.same(
    similar.found().map(({ name }) => name),
    ['@other/invoice-sync', '@other/invoices-sync', '@other/invoice-snyc', '@other/voice-sync'],
  )
})
