import t from 'tap'
import { differences } from '../../../runtime/trials/differences.ts'

t.test('equal values have none, whatever the order of their keys', async (t) => {
  t.strictSame(differences({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }), [])
})

t.test('each difference has its JSON pointer', async (t) => {
  t.strictSame(differences({ a: [1, 2], 'x/y': 1, gone: true }, { a: [1, 3, 4], 'x/y': 2, more: null }), [
    { path: '/a/1', expected: '2', actual: '3' },
    { path: '/a/2', actual: '4' },
    { path: '/x~1y', expected: '1', actual: '2' },
    { path: '/gone', expected: 'true' },
    { path: '/more', actual: 'null' },
  ])
})

t.test('an array is not an object, nor null, nor a text a number', async (t) => {
  for (const [a, b] of [
    [[], {}],
    [{}, null],
    ['1', 1],
    [0, false],
  ]) {
    t.equal(differences(a, b).length, 1)
    t.equal(differences(b, a).length, 1)
  }
})

t.test('$any stands for a value of its type, and only of its type', async (t) => {
  t.strictSame(differences([{ ms: { $any: 'number' } }], [{ ms: 17 }]), [])
  t.strictSame(differences({ a: { $any: 'array' } }, { a: [1] }), [])
  t.equal(differences({ ms: { $any: 'number' } }, { ms: '17' }).length, 1)
  t.equal(differences({ ms: { $any: 'number' } }, {}).length, 1)
})

t.test('long values are cut and long lists too', async (t) => {
  t.ok((differences('a'.repeat(5000), 'b')[0]?.expected?.length ?? 0) < 300)
  const zeros = Array.from({ length: 100 }, () => 0)
  t.equal(
    differences(
      zeros,
      zeros.map(() => 1),
    ).length,
    20,
  )
})
