import t from 'tap'
import type { HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import { HostCalls } from '../../../runtime/sandbox/host-calls.ts'
import { CAGE_LIMITS, STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { RunStep } from '../../../runtime/sandbox/run-step.ts'

type Delivered = (HostCallResult & { id: number })[]

/** Lets `count` calls begin at once, as a child that counts nothing would; tells which were let through and refused. */
async function begin(count: number, name: string, limits = STEP_LIMITS) {
  const asked: string[] = []
  const refused: string[] = []
  const deliver = (json: string) => {
    for (const answer of JSON.parse(json) as Delivered) if (!answer.ok) refused.push(answer.error.code)
  }
  const held = Promise.withResolvers<HostCallResult>()
  const dispatch = (call: { name: string }) => {
    asked.push(call.name)
    return held.promise
  }
  const calls = new HostCalls(dispatch, new AbortController().signal, deliver)
  const step = new RunStep('ext://@test/guest@1.0.0/', limits, () => {})
  calls.listen(true)
  for (let id = 0; id < count; id++) calls.begin({ k: 'call', id, name, args: {} }, step)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const seen = { asked: asked.length, refused: [...refused] }
  held.resolve({ ok: true, value: null })
  calls.close()
  return seen
}

t.test('the host works on a few calls of a run at a time, whatever its child lets out', async (t) => {
  const { callsInFlight } = CAGE_LIMITS
  t.same(await begin(callsInFlight, 'kv.get'), { asked: callsInFlight, refused: [] }, 'control')
  const { asked, refused } = await begin(callsInFlight * 2, 'kv.get')
  t.ok(asked <= callsInFlight, `${asked} were let through`)
  t.same(new Set(refused), new Set(['QUOTA_EXCEEDED']))
})

t.test('the host counts the calls of a step itself', async (t) => {
  const calls = await begin(8, 'kv.get', { ...STEP_LIMITS, hostCalls: 5 })
  t.same(calls, { asked: 5, refused: Array(3).fill('QUOTA_EXCEEDED') })
  const fetches = await begin(8, 'fetch', { ...STEP_LIMITS, fetches: 2 })
  t.same(fetches, { asked: 2, refused: Array(6).fill('QUOTA_EXCEEDED') })
})
