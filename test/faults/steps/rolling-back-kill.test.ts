import t from 'tap'
import { checkInvariants, INSTALLATION_INVARIANTS, INVARIANTS } from '../checker.ts'
import { killAfterEachStep } from './kill-after-each-step.ts'
import { rollingBack } from './rolling-back.ts'

t.test('kill -9 between any two steps of rolling-back leaves nothing by halves', async (t) => {
  t.setTimeout(180_000)
  const { store, steps } = await killAfterEachStep(t, rollingBack)
  t.ok(steps >= 6, `it has ${steps} steps`)
  t.same(await checkInvariants(store, [...INVARIANTS, ...INSTALLATION_INVARIANTS]), [])
})
