import t from 'tap'
import { checkInvariants } from '../checker.ts'
import { killAfterEachStep } from './kill-after-each-step.ts'
import { publishing } from './publishing.ts'

t.test('kill -9 between any two steps of publishing leaves nothing by halves', async (t) => {
  t.setTimeout(180_000)
  const { store, steps } = await killAfterEachStep(t, publishing)
  t.ok(steps >= 8, `it has ${steps} steps`)
  t.same(await checkInvariants(store), [])
})
