import t from 'tap'
import { checkInvariants, INSTALLATION_INVARIANTS, INVARIANTS } from '../checker.ts'
import { killAfterEachStep } from './kill-after-each-step.ts'
import { upgrading } from './upgrading.ts'

t.test('kill -9 between any two steps of upgrading leaves nothing by halves', async (t) => {
  t.setTimeout(180_000)
  const { store, steps } = await killAfterEachStep(t, upgrading)
  t.ok(steps >= 8, `it has ${steps} steps`)
  t.same(await checkInvariants(store, [...INVARIANTS, ...INSTALLATION_INVARIANTS]), [])
})
