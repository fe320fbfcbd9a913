import type { Json, JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { type FieldMapping, mapFields } from '../../../runtime/sync/field-mapping.ts'
import { type FieldTransformation, transformField } from '../../../runtime/sync/field-transformation.ts'

const map = (mapping: Partial<FieldMapping>, source: JsonObject) =>
  mapFields([{ sourceField: 'a', targetField: 'b', ...mapping }], source)

function transformed(transformation: FieldTransformation | FieldTransformation[], value: Json): unknown {
  const result = map({ transformation }, { a: value })
  return result.ok ? result.record.b : result.code
}

const FAILED = 'FIELD_TRANSFORMATION_FAILED'

t.test('dots go into nested objects, on either side', async (t) => {
  const result = map({ sourceField: 'x.y.0.z', targetField: 'p.q' }, { x: { y: [{ z: 1 }] } })
  t.same(result, { ok: true, record: { p: { q: 1 } } })
})

t.test('a path never reaches a prototype', async (t) => {
  for (const sourceField of ['__proto__', 'constructor.name', 'a.length', 'toString']) {
    t.same(map({ sourceField }, { a: 'text' }), { ok: true, record: {} }, sourceField)
  }
})

t.test('required, default and absent', async (t) => {
  t.same(map({}, {}), { ok: true, record: {} })
  t.same(map({}, { a: null }), { ok: true, record: {} })
  t.same(map({ defaultValue: 5 }, {}), { ok: true, record: { b: 5 } })
  t.same(map({ defaultValue: 5, required: true }, { a: null }), { ok: true, record: { b: 5 } })
  t.same(map({ defaultValue: 5 }, { a: 0 }), { ok: true, record: { b: 0 } })
  t.match(map({ required: true }, { a: null }), { ok: false, code: 'REQUIRED_FIELD_MISSING', message: /^b: / })
})

t.test('text functions', async (t) => {
  t.equal(transformed({ name: 'trim' }, '  x '), 'x')
  t.equal(transformed({ name: 'uppercase' }, 'été'), 'ÉTÉ')
  t.equal(transformed({ name: 'lowercase' }, 'ÉTÉ'), 'été')
  t.equal(transformed({ name: 'trim' }, 5), FAILED)
  t.equal(transformed({ name: 'toString' }, 5), '5')
  t.equal(transformed({ name: 'toString' }, true), 'true')
  t.equal(transformed({ name: 'toString' }, {}), FAILED)
  t.equal(transformed([{ name: 'trim' }, { name: 'uppercase' }], ' a '), 'A')
})

t.test('whole numbers', async (t) => {
  t.equal(transformed({ name: 'toInteger' }, ' -42 '), -42)
  t.equal(transformed({ name: 'toInteger' }, 7), 7)
  for (const value of ['4.0', '1e3', '', 'x', 1.5, 2 ** 60, '9007199254740993', true]) {
    t.equal(transformed({ name: 'toInteger' }, value), FAILED, String(value))
  }
})

t.test('decimals are worked on as text', async (t) => {
  const plain: [Json, string][] = [
    ['0.10', '0.10'],
    ['1 234,50', '1234.50'],
    ['1\u202f234\u202f567,8', '1234567.8'],
    ['007', '7'],
    ['-0.00', '0.00'],
    ['+3', '3'],
    ['123456789012345678901234567.89', '123456789012345678901234567.89'],
    [0.1, '0.1'],
  ]
  for (const [given, expected] of plain) t.equal(transformed({ name: 'toDecimal' }, given), expected, String(given))
  for (const value of [
    '1,234.5',
    '1.234,5',
    '1e3',
    '12 34',
    '',
    '.5',
    1e21,
    null as Json,
    'NaN',
    `1${' 000'.repeat(10)}`,
  ]) {
    if (value !== null) t.equal(transformed({ name: 'toDecimal' }, value), FAILED, String(value))
  }
})

t.test('decimals are rounded half away from zero', async (t) => {
  const cases: [string, number, string][] = [
    ['1.005', 2, '1.01'],
    ['1.0049999', 2, '1.00'],
    ['-1.005', 2, '-1.01'],
    ['-0.004', 2, '0.00'],
    ['9.99', 1, '10.0'],
    ['0.5', 0, '1'],
    ['2.675', 2, '2.68'],
    ['3', 2, '3.00'],
  ]
  for (const [given, scale, expected] of cases) {
    t.equal(transformed({ name: 'toDecimal', scale }, given), expected, `${given} to ${scale}`)
  }
})

t.test('dates', async (t) => {
  t.equal(transformed({ name: 'date' }, '2026-11-21'), '2026-11-21')
  t.equal(transformed({ name: 'date' }, '2026-11-21T23:30:00-05:00'), '2026-11-21')
  t.equal(transformed({ name: 'date' }, '21/11/2026'), '2026-11-21')
  t.equal(transformed({ name: 'date' }, '29/02/2028'), '2028-02-29')
  for (const value of ['30/02/2026', '2026-02-30', '11/21/2026', '2026-1-1', 'soon', 20261121, '2026-13-01']) {
    t.equal(transformed({ name: 'date' }, value), FAILED, String(value))
  }
})

t.test('tables', async (t) => {
  const table = { 'N.C.': 'PLANNED', '1': true }
  t.equal(transformed({ name: 'map', table }, 'N.C.'), 'PLANNED')
  t.equal(transformed({ name: 'map', table }, 1), true)
  t.equal(transformed({ name: 'map', table }, 'toString'), FAILED)
  t.equal(transformed({ name: 'map', table, otherwise: 'OTHER' }, 'x'), 'OTHER')
})

t.test('defaults and templates', async (t) => {
  t.equal(transformed({ name: 'default', value: 'x' }, ''), 'x')
  t.equal(transformed({ name: 'default', value: 'x' }, 'y'), 'y')
  const template: FieldTransformation = { name: 'template', template: '{{a}}, {{ c.d }} $& {{a}}' }
  t.same(map({ transformation: template }, { a: 'x', c: { d: 5 } }), { ok: true, record: { b: 'x, 5 $& x' } })
  t.match(map({ transformation: template }, { a: 'x' }), { ok: false, code: FAILED, message: /c\.d/ })
})

t.test('a short template that names a long field many times is refused, not built', async (t) => {
  const template = { name: 'template' as const, template: '{{a}}'.repeat(200) }
  t.match(transformField(template, undefined, { a: 'x'.repeat(1_000_000) }), { ok: false, message: /longer than/ })
  t.same(transformField(template, undefined, { a: 'xy' }), { ok: true, value: 'xy'.repeat(200) })
})
