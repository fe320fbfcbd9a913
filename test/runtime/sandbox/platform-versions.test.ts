import t from 'tap'
import { openSandbox, resultOf, runGuest } from './start-guest.ts'

const LOOK = `async check(ctx) {
  return { platform: ctx.platformVersion, kv: Object.keys(ctx.kv).sort(), ctx: Object.keys(ctx).sort() }
}`

t.test('a run sees the version that it was started with, also in a process that has seen the other', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 1 })
  const look = async (platform: '1.0.0' | '1.1.0', installationId: string) =>
    resultOf(await runGuest(sandbox, LOOK, { platform, installationId, digest: 'same' })) as {
      platform: string
      kv: string[]
      ctx: string[]
    }
  const kv = ['delete', 'get', 'list', 'set']
  const seen = []
  for (let round = 0; round < 2; round++)
    for (const platform of ['1.1.0', '1.0.0'] as const) seen.push(await look(platform, 'ins_same'))
  const [newer, older] = seen
  t.match(older, { platform: '1.0.0', kv })
  t.equal(older?.kv.length, kv.length)
  t.same(newer, { ...older, platform: '1.1.0', kv: [...kv, 'getMany'].sort() })
  t.same(seen.slice(2), [newer, older])
})

t.test('many keys are one host call; what is missing is undefined', async (t) => {
  const sandbox = await openSandbox(t)
  const calls: unknown[] = []
  const members = `async check(ctx) {
    const [a, b] = await ctx.kv.getMany(['a', 'b'])
    return { a, missing: b === undefined, calls: ctx.limits.hostCalls.used }
  }`
  const answer = (call: unknown) => {
    calls.push(call)
    return { ok: true as const, value: [{ value: 1, rev: 2 }, null] }
  }
  t.same(resultOf(await runGuest(sandbox, members, { answer })), { a: { value: 1, rev: 2 }, missing: true, calls: 1 })
  t.same(calls, [{ name: 'kv.getMany', args: { keys: ['a', 'b'] } }])
})
