import t from 'tap'
import { numberStandInFor, standInFor } from '../../../runtime/recordings/stand-in.ts'

const KEY = new Uint8Array(32).fill(1)
const shape = (text: string) =>
  text
    .replace(/\p{Lu}/gu, 'A')
    .replace(/\p{L}/gu, (x) => (x === 'A' ? x : 'a'))
    .replace(/\d/g, '0')

t.test('what stands for a text', async (t) => {
  t.test('has its shape and length, and is another', async (t) => {
    for (const text of ['Jean-Luc Dupont', 'a.b+c@erp.example', '1 85 02 75 116 001', 'Zoé Ünal', '东京', 'x']) {
      const other = standInFor(text, KEY)
      t.equal(other.length, text.length)
      if (/^[ -~]*$/.test(text)) t.equal(shape(other), shape(text))
      if (text.length > 2) t.not(other, text)
    }
  })

  t.test('is the same for the same text under one key alone', async (t) => {
    t.equal(standInFor('Jean Dupont', KEY), standInFor('Jean Dupont', KEY))
    t.not(standInFor('Jean Dupont', KEY), standInFor('Jean Dupont', new Uint8Array(32)))
    t.not(standInFor('Jean Dupont', KEY), standInFor('Jean Dupond', KEY))
  })

  t.test('is a number where there was one', async (t) => {
    for (const number of [7, -12, 1850275116001, 3.25, 0]) {
      const other = numberStandInFor(number, KEY)
      t.equal(String(other).length, String(number).length, `${number} ${other}`)
    }
    for (const number of [1e300, 5e-324]) t.ok(Number.isFinite(numberStandInFor(number, KEY)))
  })
})
