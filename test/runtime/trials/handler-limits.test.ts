import t from 'tap'
import { BACKGROUND_STEP_LIMITS, STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { limitsOf } from '../../../runtime/trials/handler-limits.ts'

t.test('a handler has the limits of production: what nobody waits for has more time', async (t) => {
  for (const handler of ['check', 'actions.greet', 'actions.greet.run', 'onUpgrade'])
    t.strictSame(limitsOf(handler), STEP_LIMITS, handler)
  for (const handler of ['streams.a.read', 'streams.a.write', 'transform', 'on.X', 'schedules.a', 'webhook.parse'])
    t.strictSame(limitsOf(handler), BACKGROUND_STEP_LIMITS, handler)
})
