import t from 'tap'
import { nearestName } from '../../../sdk/cli/nearest-name.ts'

t.test('finds what was probably meant', async (t) => {
  const names = ['init', 'check', 'publish', 'status']
  t.equal(nearestName('chek', names), 'check')
  t.equal(nearestName('pubilsh', names), 'publish')
  t.equal(nearestName('statsu', names), 'status')
})

t.test('says nothing when nothing is near', async (t) => {
  t.equal(nearestName('deploy', ['init', 'check']), undefined)
  t.equal(nearestName('x', []), undefined)
})
