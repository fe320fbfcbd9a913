import t from 'tap'
import { checkInvariants, INSTALLATION_INVARIANTS, INVARIANTS } from '../checker.ts'
import { killAfterEachStep } from './kill-after-each-step.ts'
import { uninstalling } from './uninstalling.ts'

t.test('kill -9 between any two steps of uninstalling leaves nothing by halves', async (t) => {
  t.setTimeout(180_000)
  const { store, kills } = await killAfterEachStep(t, uninstalling)
  t.ok(kills >= 6, `it has ${kills} steps`)
  t.comment(`killed after each of ${kills} writes`)
  t.same(await checkInvariants(store, [...INVARIANTS, ...INSTALLATION_INVARIANTS]), [])
})
