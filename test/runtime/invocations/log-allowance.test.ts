import t from 'tap'
import { createLogAllowance, LOG_LIMITS } from '../../../runtime/invocations/log-allowance.ts'
import { createManualClock } from '../audit/manual-clock.ts'
import { openInvocations } from './open-invocations.ts'

t.test('an installation that floods its log keeps little more until the minute is over, others all', async (t) => {
  const clock = createManualClock()
  const allowance = createLogAllowance(clock)
  t.equal(allowance.of('ins_1'), LOG_LIMITS.run)
  allowance.spent('ins_1', LOG_LIMITS.minute - 1_000)
  t.equal(allowance.of('ins_1'), LOG_LIMITS.least)
  t.equal(allowance.of('ins_2'), LOG_LIMITS.run)
  clock.move(59_999)
  t.equal(allowance.of('ins_1'), LOG_LIMITS.least)
  clock.move(1)
  t.equal(allowance.of('ins_1'), LOG_LIMITS.run)
})

t.test('a row says how many lines it lacks', async (t) => {
  const { invocations, install } = await openInvocations(t)
  const { organizationId, id } = install("check(ctx) { for (let i = 0; i < 50; i++) ctx.log.info('x'.repeat(4000)) }")
  const lines: string[] = []
  for (let i = 0; i < 7; i++) {
    await invocations.invoke({ organizationId, installationId: id, handler: ['check'], args: [], reason: 'check' })
  }
  const { data } = await invocations.runs(organizationId, { installationId: id })
  for (const { logText } of data) lines.push((JSON.parse(logText) as { message: string }[]).at(-1)?.message ?? '')
  t.same(data.length, 7)
  t.ok(lines.includes('x'.repeat(4000)), 'the first keep all')
  t.ok(lines.includes('49 more lines left out'), 'the last keeps one')
})
