import t from 'tap'
import { createTextFinder, type Hit } from '../../../runtime/recordings/find-texts.ts'
import { numbersFrom } from './random-program.ts'

/** Leftmost, then longest, by looking everywhere. */
function plainly(texts: readonly string[], within: string): Hit[] {
  const hits: Hit[] = []
  for (let at = 0; at < within.length; ) {
    const here = texts.filter((text) => text !== '' && within.startsWith(text, at))
    const text = here.toSorted((a, b) => b.length - a.length)[0]
    if (text === undefined) at++
    else {
      hits.push({ at, text })
      at += text.length
    }
  }
  return hits
}

t.test('finds what looking everywhere finds', async (t) => {
  const next = numbersFrom(11)
  const word = (most: number) =>
    Array.from({ length: 1 + Math.floor(next() * most) }, () => 'abé'[Math.floor(next() * 3)]).join('')
  let found = 0
  for (let round = 0; round < 2_000; round++) {
    const texts = Array.from({ length: Math.floor(next() * 6) }, () => word(6))
    const within = word(40)
    const hits = createTextFinder(texts)(within)
    found += hits.length
    const expected = plainly(texts, within)
    if (JSON.stringify(hits) !== JSON.stringify(expected)) t.same(hits, expected, `${texts} in ${within}`)
  }
  t.ok(found > 2_000, `${found} hits`)
})

t.test('passes once over a text that has almost everything', async (t) => {
  const texts = Array.from({ length: 2_000 }, (_, i) => `${'a'.repeat(i + 1)}b`)
  const hits = createTextFinder(texts)('a'.repeat(200_000))
  t.same(hits, [])
})
