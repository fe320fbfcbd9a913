import fc from 'fast-check'
import t from 'tap'
import { isolate } from '../../../runtime/sync/isolate.ts'

t.test('exactly the poison dies, all others go through in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 120 }), async (poison) => {
      const inputs = poison.map((bad, n) => ({ bad, n }))
      const answers = await isolate(inputs, async (batch) =>
        batch.some(({ bad }) => bad)
          ? { ok: false as const, failure: 'died' }
          : { ok: true as const, outputs: batch.map(({ n }) => n * 2) },
      )
      return answers.every((one, n) => one.input.n === n && ('died' in one ? one.input.bad : one.output === n * 2))
    }),
    { numRuns: 50 },
  )
})

t.test('one poison in 100 costs no more than 15 calls', async (t) => {
  let calls = 0
  await isolate([...Array(100).keys()], async (batch) => {
    calls++
    return batch.includes(37) ? { ok: false, failure: 'died' } : { ok: true, outputs: batch }
  })
  t.ok(calls <= 15, `${calls} calls`)
})

t.test('what the caller throws ends the search', async (t) => {
  await t.rejects(
    isolate([1, 2], () => Promise.reject(new Error('not in the inputs'))),
    /not in the inputs/,
  )
})
