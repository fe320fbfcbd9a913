import { isDeepStrictEqual } from 'node:util'
import type { Json } from '@annex/sdk/json'
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson, fingerprint } from '../../../runtime/sync/canonical-json.ts'

t.test('the order of keys makes no difference', async (t) => {
  t.equal(canonicalJson({ b: 1, a: { d: [1, null], c: 'x' } }), '{"a":{"c":"x","d":[1,null]},"b":1}')
  t.equal(canonicalJson({ b: 1, a: undefined }), '{"b":1}')
})

t.test('the text reads back as the same value, and equal values have one text', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json)
      const back: Json = JSON.parse(text)
      return canonicalJson(back) === text && isDeepStrictEqual(back, JSON.parse(JSON.stringify(value)))
    }),
  )
})

t.test('no two lists of parts run together', async (t) => {
  t.not(fingerprint('a', 'bc'), fingerprint('ab', 'c'))
  t.not(fingerprint('a'), fingerprint(['a']))
  t.match(fingerprint('a'), /^[0-9a-f]{64}$/)
})
