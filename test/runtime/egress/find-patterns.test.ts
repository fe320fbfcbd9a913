import t from 'tap'
import { createFinder } from '../../../runtime/egress/find-patterns.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

t.test('finds the first match, and of those that begin there the longest', async (t) => {
  const { find, longest } = createFinder(['secret', 'secretary', 'ret'].map(bytes))
  t.equal(longest, 9)
  t.same(find(bytes('the SecretAry has a secret'), 0), { at: 4, length: 9 })
  t.same(find(bytes('the secretary has a secret'), 5), { at: 7, length: 3 })
  t.same(find(bytes('the secretary has a secret'), 8), { at: 20, length: 6 })
  t.equal(find(bytes('the secre'), 0), undefined)
  t.equal(find(bytes(''), 0), undefined)
  t.throws(() => createFinder([bytes('x')]), RangeError)
})

t.test('finds what a plain search finds, in any text', async (t) => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return seed % below
  }
  // Few letters, so that everything nearly matches.
  const word = (length: number) => Array.from({ length }, () => 'abB\xe9'[random(4)]).join('')
  let found = 0
  for (let round = 0; round < 3000; round++) {
    const patterns = Array.from({ length: 1 + random(4) }, () => word(2 + random(6)))
    const text = word(random(60))
    const from = random(5)
    const hit = createFinder(patterns.map(bytes)).find(bytes(text), from)
    const expected = plainSearch(patterns, text, from)
    if (JSON.stringify(hit) !== JSON.stringify(expected)) t.same(hit, expected, `${patterns} in ${text} from ${from}`)
    if (hit) found++
  }
  t.ok(found > 1000 && found < 2900, `${found} of 3000 texts have a match`)
})

function plainSearch(patterns: string[], text: string, from: number): { at: number; length: number } | undefined {
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  for (let at = from; at < text.length; at++) {
    const here = patterns.filter((pattern) => folded.startsWith(pattern.replaceAll('B', 'b'), at))
    if (here.length > 0) return { at, length: Math.max(...here.map(({ length }) => length)) }
  }
  return undefined
}
