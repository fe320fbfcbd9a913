import t from 'tap'
import { checkInvariants, INSTALLATION_INVARIANTS, INVARIANTS } from '../checker.ts'
import { installing } from './installing.ts'
import { killAfterEachStep } from './kill-after-each-step.ts'

t.test('kill -9 between any two steps of installing leaves nothing by halves', async (t) => {
  t.setTimeout(180_000)
  const { store, kills } = await killAfterEachStep(t, installing)
  t.ok(kills >= 8, `it has ${kills} steps`)
  t.comment(`killed after each of ${kills} writes`)
  t.same(await checkInvariants(store, [...INVARIANTS, ...INSTALLATION_INVARIANTS]), [])
})
