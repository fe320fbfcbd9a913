import t from 'tap'
import { boundedDispatch } from '../../../runtime/trials/bounded-dispatch.ts'

const { signal } = new AbortController()

t.test('a fixture has so many calls', async (t) => {
  const dispatch = boundedDispatch(async () => ({ ok: true, value: null }))
  for (let i = 0; i < 2_000; i++) await dispatch({ name: 'kv.get', args: {} }, signal)
  t.match(await dispatch({ name: 'kv.get', args: {} }, signal), { error: { code: 'QUOTA_EXCEEDED' } })
})

t.test('their arguments have so many characters', async (t) => {
  const dispatch = boundedDispatch(async () => ({ ok: true, value: null }))
  const args = { value: 'x'.repeat(1024 * 1024) }
  const results = []
  for (let i = 0; i < 17; i++) results.push((await dispatch({ name: 'kv.set', args }, signal)).ok)
  t.same(results, [...Array.from({ length: 15 }, () => true), false, false])
})
