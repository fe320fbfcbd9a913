import { lineAt, parseStrictJson } from '@annex/package/strict-json'
import fc from 'fast-check'
import t from 'tap'

const LIMITS = { bytes: 100_000, depth: 32 }
const parse = (text: string) => parseStrictJson(Buffer.from(text), LIMITS)

t.test('reads whatever JSON.parse reads, but for what is ambiguous', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent)
      if (text.includes('__proto__')) return true
      const read = parse(text)
      return read.ok && JSON.stringify(read.value) === JSON.stringify(JSON.parse(text))
    }),
    { numRuns: 500 },
  )
})

t.test('strings with escapes side by side end where they end', async (t) => {
  for (const text of ['"\\"\\""', '["\\\\", "\\\\\\""]', '{"\\"\\"":"\\\\","b":1}'])
    t.match(parse(text), { ok: true }, text)
})

t.test('knows the line of every value', async (t) => {
  const read = parse('{\n  "a": [\n    1,\n    {"b/c": "x",\n "d~": "\\"\\n"}\n  ],\n  "e": null\n}')
  if (!read.ok) throw new Error('refused')
  const lines = ['', '/a', '/a/0', '/a/1', '/a/1/b~1c', '/a/1/d~0', '/e', '/a/7/x'].map((pointer) =>
    lineAt(read.place, pointer),
  )
  t.strictSame(lines, [1, 2, 3, 4, 4, 5, 7, 2])
})

t.test('tells on which line it fails', async (t) => {
  t.match(parse('{\n"a": 1,\n"a": 2}'), { ok: false, problems: [{ message: /twice/, line: 3 }] })
  t.match(parse('{\n"a": 1,\n}'), { ok: false, problems: [{ message: /not JSON/, line: 3 }] })
  t.match(parse('[\n[\n{"__proto__": 1}]]'), { ok: false, problems: [{ message: /__proto__/, line: 3 }] })
  t.match(parse('['.repeat(33) + ']'.repeat(33)), { ok: false, problems: [{ message: /deeper than 32/ }] })
  t.match(parse(`"${'x'.repeat(100_000)}"`), { ok: false, problems: [{ message: /more than 100000 bytes/ }] })
})

t.test('long keys and deep paths cost what they weigh', async (t) => {
  const key = 'k'.repeat(1500)
  const inner = Array.from({ length: 3000 }, (_, n) => `"${n}":0`).join(',')
  const read = parse(`${`{"${key}":`.repeat(30)}{${inner}}${'}'.repeat(30)}`)
  t.ok(read.ok)
})
