import t from 'tap'
import { jsonExcess } from '../../../runtime/sandbox/json-shape.ts'

const BOUNDS = { depth: 3, values: 5 }

t.test('what stands in a string counts for nothing', async (t) => {
  for (const text of ['"[[[[[["', '"\\"[[[[["', '"\\\\"', '["a,b,c,d,e,f,g"]', '{"[[[[":"\\\\\\"[[[["}'])
    t.equal(jsonExcess(text, BOUNDS), undefined, text)
})

t.test('depth and number of values are bounded', async (t) => {
  t.equal(jsonExcess('[[[1]]]', BOUNDS), undefined)
  t.equal(jsonExcess('[[{"a":[]}]]', BOUNDS), 'depth')
  t.equal(jsonExcess('"\\\\",[[[[', BOUNDS), 'depth', 'a backslash before the end of a string is itself escaped')
  t.equal(jsonExcess('[1,2,3,4,5]', BOUNDS), undefined)
  t.equal(jsonExcess('[1,2,3,4,5,6]', BOUNDS), 'values')
  t.equal(jsonExcess('[[],[],[]]', BOUNDS), 'values')
})

t.test('what is no JSON ends', async (t) => {
  for (const text of ['"', '"\\"', '[', ']]]]', '', '\\"']) t.equal(jsonExcess(text, BOUNDS), undefined, text)
})

t.test('no more than linear in the length', async (t) => {
  const text = `["${'\\\\'.repeat(1_000_000)}"]`
  t.equal(jsonExcess(text, BOUNDS), undefined)
})
