import fc from 'fast-check'
import { compare } from 'semver'
import t from 'tap'
import { isPreRelease, versionKey } from '../../../marketplace/publishing/version-key.ts'

const number = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(Number.MAX_SAFE_INTEGER))
const identifier = fc.oneof(
  number.map(String),
  fc.stringMatching(/^[0-9A-Za-z-]{1,4}$/).filter((text) => !/^\d+$/.test(text)),
)
const version = fc
  .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }))
  .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre.length > 0 ? `-${pre.join('.')}` : ''}`)

t.test('keys sort as versions do', async (t) => {
  fc.assert(
    fc.property(version, version, (left, right) => {
      const [a, b] = [versionKey(left), versionKey(right)]
      if (a === undefined || b === undefined) throw new Error(`no key: ${left} ${right}`)
      return Math.sign(compare(left, right)) === (a < b ? -1 : a > b ? 1 : 0)
    }),
    { numRuns: 5000 },
  )
  t.pass('5,000 pairs')
})

t.test('only strict versions without build metadata have a key', async (t) => {
  for (const bad of ['v1.0.0', ' 1.0.0', '1.0', '01.0.0', '1.0.0+build', '1.0.0-', '', 'latest'])
    t.equal(versionKey(bad), undefined, bad)
})

t.test('knows a pre-release', async (t) => {
  t.ok(isPreRelease('1.0.0-rc.1'))
  t.notOk(isPreRelease('1.0.0'))
})
