import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { HostCall, HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import { entryScript, openSandbox, resultOf, startGuest } from '../../runtime/sandbox/start-guest.ts'

/** Runs of one installation share an isolate and number their calls alike: nothing else keeps them apart but the bridge. */
const SAME = { installationId: 'ins_same', digest: 'same' }

t.test('runs at the same time get their own answers only', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const source = entryScript(`async check(ctx, mine) {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => ctx.kv.get(mine + ' ' + i)))
    return answers.every(({ value }, i) => value === mine + ' ' + i)
  }`)
  const answer = async ({ args }: HostCall): Promise<HostCallResult> => {
    await sleep(Math.random() * 20)
    return { ok: true, value: { value: (args as { key: string }).key, rev: 1 } }
  }
  const runs = Array.from({ length: 12 }, (_, i) =>
    startGuest(sandbox, source, { ...SAME, args: [`run ${i}`], answer }),
  )
  const results = await Promise.all(runs.map((run) => run.step()))
  t.strictSame(
    results.map(resultOf),
    runs.map(() => true),
  )
  for (const run of runs) await run.close()
})

t.test('an answer that comes after the end of its run reaches nobody', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const source = entryScript(`async check(ctx, waits) {
    const answer = ctx.kv.get('x')
    return waits ? (await answer).value : 'left'
  }`)
  const late = Promise.withResolvers<HostCallResult>()
  const first = startGuest(sandbox, source, { ...SAME, args: [false], answer: () => late.promise })
  t.equal(resultOf(await first.step()), 'left')
  const own = Promise.withResolvers<HostCallResult>()
  const second = startGuest(sandbox, source, { ...SAME, args: [true], answer: () => own.promise })
  const step = second.step()
  await sleep(20)
  late.resolve({ ok: true, value: { value: "the first run's", rev: 1 } })
  await sleep(20)
  own.resolve({ ok: true, value: { value: 'its own', rev: 1 } })
  t.equal(resultOf(await step), 'its own')
  await Promise.all([first.close(), second.close()])
})

t.test('a rejection that nobody handles is told to its own run', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const source = entryScript(`async check(ctx, rejects) {
    if (rejects) setTimeout(() => { Promise.reject(new Error('left behind')) }, 1)
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 2))
    if (rejects) Promise.reject(new Error('left at the end'))
    return 'fine'
  }`)
  const run = (rejects: boolean) => startGuest(sandbox, source, { ...SAME, args: [rejects] })
  const runs = [run(false), run(true), run(false)]
  const results = await Promise.all(runs.map((run) => run.step()))
  const after = run(false)
  results.push(await after.step())
  t.strictSame(results.map(resultOf), ['fine', 'fine', 'fine', 'fine'])
  t.strictSame(
    results.map(({ logs }) => logs.map(({ message }) => message.split('\n')[0])),
    [[], ['Unhandled: left behind', 'Unhandled: left at the end'], [], []],
  )
  for (const open of [...runs, after]) await open.close()
})

t.test('timers and calls of a run that is over start nothing in the next', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const calls: unknown[] = []
  const answer = ({ args }: HostCall): HostCallResult => {
    calls.push((args as { key: string }).key)
    return { ok: true, value: null }
  }
  const source = entryScript(`async check(ctx, leaves) {
    if (leaves) {
      setTimeout(() => ctx.kv.get('from a timer'), 5)
      ctx.kv.get('from the end').then(() => ctx.kv.get('from an answer'))
      return 'left'
    }
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 2))
    return 'fine'
  }`)
  for (const leaves of [true, false, true, false]) {
    const run = startGuest(sandbox, source, { ...SAME, args: [leaves], answer })
    t.equal(resultOf(await run.step()), leaves ? 'left' : 'fine')
    await run.close()
  }
  t.strictSame(calls, ['from the end', 'from the end'])
})

t.test('a generator that is closed between two pages is not entered again', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const calls: unknown[] = []
  const answer = ({ args }: HostCall): HostCallResult => {
    calls.push((args as { key: string }).key)
    return { ok: true, value: null }
  }
  const source = entryScript(`async *check(ctx) {
    try { yield 1; yield 2 } finally { await ctx.kv.get('finally'); for (;;) yield 'more' }
  }`)
  const run = startGuest(sandbox, source, { ...SAME, answer })
  t.equal(resultOf(await run.step()), 1)
  await run.close()
  const next = startGuest(sandbox, entryScript('check: () => "fine"'), { ...SAME, digest: 'next' })
  t.equal(resultOf(await next.step()), 'fine')
  await next.close()
  t.strictSame(calls, [])
})

t.test('code of the same length is never taken for other code', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  for (let round = 0; round < 3; round++) {
    for (const name of ['first', 'other']) {
      // One digest for both and a child of its own for each: what was compiled before is found by the source alone.
      const request = { organizationId: `org_${name}_${round}`, installationId: `ins_${name}`, digest: 'one' }
      const run = startGuest(sandbox, entryScript(`check: () => '${name}'`), request)
      t.equal(resultOf(await run.step()), name)
      await run.close()
    }
  }
})
