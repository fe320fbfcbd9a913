import fc from 'fast-check'
import t from 'tap'
import { foldName, slugFault } from '../../../marketplace/publishing/publisher-slug.ts'

t.test('takes lower-case names of 2 to 40 characters', async (t) => {
  for (const good of ['acme', 'a1', '0x', 'my-company', 'a'.repeat(40)]) t.equal(slugFault(good), undefined, good)
  for (const bad of ['a', '-a', 'Acme', 'a_b', 'a.b', 'a b', '', 'a--b', 'a-', 'a'.repeat(41), 'acmé', 'a/b', 'a\n'])
    t.equal(slugFault(bad), 'malformed', JSON.stringify(bad))
})

t.test('keeps names that speak for the platform, and what looks like them', async (t) => {
  for (const name of ['annex', 'admin', 'adrnin', 'adm1n', 'an-nex', 'r00t', 'lnvitations'])
    t.equal(slugFault(name), 'reserved', name)
  t.equal(slugFault('annex', new Set(['annex'])), undefined, 'unless the operator allows it')
})

t.test('folds look-alikes together', async (t) => {
  for (const [left, right] of [
    ['acme-tools', 'acmetools'],
    ['go0gle', 'google'],
    ['acrne', 'acme'],
    ['pay1', 'payl'],
    ['pay1', 'payi'],
    ['bi11', 'bill'],
    ['paypai', 'paypal'],
    ['vvave', 'wave'],
    ['vwv', 'wvv'],
  ] as const)
    t.equal(foldName(left), foldName(right), `${left} ${right}`)
})

t.test('keeps honest neighbours apart', async (t) => {
  for (const [left, right] of [
    ['acme', 'acne'],
    ['acid', 'add'],
    ['clay', 'day'],
    ['erp5', 'erps'],
    ['b2b', 'bzb'],
    ['k8s', 'kbs'],
    ['connect', 'comect'],
    ['acme', 'acmes'],
    ['acme', 'acme-inc'],
    ['agent2', 'agent3'],
  ] as const)
    t.not(foldName(left), foldName(right), `${left} ${right}`)
})

/** Each pair is read for the other. */
const SWAPS = [
  ['0', 'o'],
  ['1', 'l'],
  ['1', 'i'],
  ['i', 'l'],
  ['m', 'rn'],
  ['w', 'vv'],
  ['-', ''],
] as const

const parts = fc.array(fc.constantFrom(...'abcdeilmnorvwz0125-', 'rn', 'vv'), { maxLength: 20 })

t.test('what is folded stays as it is, and no swap of look-alikes changes it', async (t) => {
  fc.assert(
    fc.property(parts, fc.constantFrom(...SWAPS), parts, (before, [one, other], after) => {
      const [left, right] = [[...before, one, ...after].join(''), [...before, other, ...after].join('')]
      return foldName(left) === foldName(right) && foldName(foldName(left)) === foldName(left)
    }),
    { numRuns: 2000 },
  )
  t.pass('2000 names')
})
