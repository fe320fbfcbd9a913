import t from 'tap'
import { foldName, slugFault } from '../../../marketplace/publishing/publisher-slug.ts'

t.test('takes lower-case names of 2 to 39 characters', async (t) => {
  for (const good of ['acme', 'a1', '0x', 'my-company', 'a'.repeat(39)]) t.equal(slugFault(good), undefined, good)
  for (const bad of ['a', '-a', 'Acme', 'a_b', 'a.b', 'a b', '', 'a'.repeat(40), 'acmé', 'a/b', 'a\n'])
    t.equal(slugFault(bad), 'malformed', JSON.stringify(bad))
})

t.test('keeps names that speak for the platform, and what looks like them', async (t) => {
  for (const name of ['annex', 'admin', 'adrnin', 'an-nex', 'r00t']) t.equal(slugFault(name), 'reserved', name)
  t.equal(slugFault('annex', new Set(['annex'])), undefined, 'unless the operator allows it')
})

t.test('folds look-alikes together', async (t) => {
  for (const [left, right] of [
    ['acme-tools', 'acmetools'],
    ['go0gle', 'google'],
    ['acrne', 'acme'],
    ['pay1', 'payl'],
    ['vvave', 'wave'],
  ] as const)
    t.equal(foldName(left), foldName(right), `${left} ${right}`)
  t.not(foldName('acme'), foldName('acne'))
})
