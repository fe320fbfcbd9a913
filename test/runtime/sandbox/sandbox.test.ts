import assert from 'node:assert'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { GuestPool } from '../../../runtime/sandbox/guest-pool.ts'
import { entryScript, failureOf, openSandbox, resultOf, runGuest, startGuest } from './start-guest.ts'

t.test('a guest', async (t) => {
  const sandbox = await openSandbox(t)

  t.test('gets its arguments, config and installation, and answers with JSON', async (t) => {
    const result = await runGuest(sandbox, 'check: (ctx, a) => [a, ctx.config, ctx.installation.version]', {
      args: [{ x: 1 }],
      config: { y: 2 },
    })
    t.same(resultOf(result), [{ x: 1 }, { y: 2 }, '1.0.0'])
  })

  t.test('makes host calls by name and gets their values', async (t) => {
    const seen: unknown[] = []
    const answer = (call: unknown) => {
      seen.push(call)
      return { ok: true as const, value: { value: 7, rev: 1 } }
    }
    const result = await runGuest(sandbox, 'async check(ctx) { return (await ctx.kv.get("k")).value }', { answer })
    t.equal(resultOf(result), 7)
    t.same(seen, [{ name: 'kv.get', args: { key: 'k' } }])
  })

  t.test('catches a refusal as an AnnexError with its code', async (t) => {
    const answer = () => ({ ok: false as const, error: { code: 'PERMISSION_DENIED' as const, message: 'no' } })
    const members = `async check(ctx) {
      try { await ctx.platform.chantiers.create({}) } catch (e) { return [e instanceof AnnexError, e.code, e.retryable] }
    }`
    t.same(resultOf(await runGuest(sandbox, members, { answer })), [true, 'PERMISSION_DENIED', false])
  })

  t.test('that lets a refusal end its run ends with the class of the refusal', async (t) => {
    const members = 'async check(ctx) { await ctx.platform.chantiers.create({}) }'
    const refuse = (code: 'PERMISSION_DENIED' | 'EGRESS_DENIED') => () => ({
      ok: false as const,
      error: { code, message: 'no' },
    })
    const permission = await runGuest(sandbox, members, { answer: refuse('PERMISSION_DENIED') })
    t.equal(failureOf(permission).class, 'PERMISSION')
    const egress = await runGuest(sandbox, members, { answer: refuse('EGRESS_DENIED') })
    t.equal(failureOf(egress).class, 'EGRESS')
  })

  t.test('cannot claim a refusal that the host never gave', async (t) => {
    const members = 'check() { throw Object.assign(new Error("x"), { code: "PERMISSION_DENIED" }) }'
    t.equal(failureOf(await runGuest(sandbox, members)).class, 'USER_ERROR')
  })

  t.test('shows its own frames in a stack and none of the host', async (t) => {
    const result = await runGuest(sandbox, 'check() { null.x }')
    const stack = result.ok ? '' : (result.failure.stack ?? '')
    t.match(stack, /ext:\/\/@test\/guest@1\.0\.0\/extension\.js:1:/)
    t.notMatch(stack, /annex:prelude|guest\.cjs|\/tmp|node:/)
  })

  t.test('yields pages one at a time, each with its own allowance', async (t) => {
    const source = entryScript(`streams: { s: { async *read(ctx) {
      for (let i = 0; i < 3; i++) { for (let n = 0; n < 4; n++) await ctx.kv.get('k'); yield i }
    } } }`)
    const run = startGuest(sandbox, source, { handler: ['streams', 's', 'read'], limits: { hostCalls: 5 } })
    const values = []
    for (let i = 0; i < 4; i++) {
      const page = await run.step()
      values.push(page.ok ? [page.value, page.done] : page.failure)
    }
    t.same(values, [
      [0, false],
      [1, false],
      [2, false],
      [null, true],
    ])
    t.equal(failureOf(await run.step()).class, 'CANCELLED', 'and is over after the last')
  })

  t.test('logs with limits, through ctx.log and console alike', async (t) => {
    const members = `check(ctx) { ctx.log.info('a', { n: 1 }); console.warn('b', 2); for (let i = 0; i < 50; i++) console.log(i) }`
    const { logs } = await runGuest(sandbox, members, { limits: { logLines: 10 } })
    t.equal(logs.length, 10)
    t.same(logs.slice(0, 2), [
      { level: 'info', message: 'a', details: { n: 1 } },
      { level: 'warn', message: 'b 2' },
    ])
  })

  t.test('starts from nothing at each run', async (t) => {
    const source = entryScript(
      'check() { globalThis.n = (globalThis.n ?? 0) + 1; Array.prototype.x = 1; return [globalThis.n, Object.keys(Array.prototype)] }',
    )
    const same = { installationId: 'ins_fresh', digest: 'fresh' }
    for (let i = 0; i < 3; i++) {
      const run = startGuest(sandbox, source, same)
      t.same(resultOf(await run.step()), [1, ['x']])
      await run.close()
    }
  })

  t.test('is refused its call beyond the limit, and told so', async (t) => {
    const members = `async check(ctx) {
      const results = await Promise.allSettled(Array.from({ length: 30 }, () => ctx.kv.get('k')))
      return [results.filter((r) => r.status === 'fulfilled').length, results.at(-1).reason.code]
    }`
    t.same(resultOf(await runGuest(sandbox, members, { limits: { hostCalls: 20 } })), [20, 'QUOTA_EXCEEDED'])
  })

  t.test('that does not parse fails to load, with the place', async (t) => {
    const run = startGuest(sandbox, 'var a = ;')
    const failure = failureOf(await run.step())
    t.equal(failure.code, 'EXTENSION_LOAD_FAILED')
    t.match(failure.message, /extension\.js:1:9/)
    await run.close()
  })

  t.test('is described without a handler of it being run', async (t) => {
    const members = `check() { throw 1 }, streams: { s: { schema: { type: 'object' }, primaryKey: ['id'], async *read() {} } }`
    t.match(resultOf(await runGuest(sandbox, members, { handler: ['$describe'] })), {
      kind: 'connector',
      handlers: ['check', 'streams.s.read'],
      streams: { s: { primaryKey: ['id'], read: true, write: false } },
    })
  })

  t.test('ends when its signal says so, wherever it is', async (t) => {
    const controller = new AbortController()
    const step = runGuest(sandbox, 'async check(ctx) { await ctx.kv.get("k") }', {
      signal: controller.signal,
      answer: () => new Promise(() => {}),
    })
    controller.abort()
    t.equal(failureOf(await step).class, 'CANCELLED')
  })

  t.test('has the basics of the web', async (t) => {
    const members = `async check() {
      const u = new URL('/b?x=1&y=é', 'https://a.example:8443/')
      u.searchParams.append('z', 'a b')
      await new Promise((resolve) => setTimeout(resolve, 5))
      return [u.href, new TextDecoder().decode(new TextEncoder().encode('h€llo 👋')), atob(btoa('hi')),
        crypto.randomUUID().length, new Headers({ A: '1' }).get('a'), typeof AbortController]
    }`
    t.same(resultOf(await runGuest(sandbox, members)), [
      'https://a.example:8443/b?x=1&y=%C3%A9&z=a+b',
      'h€llo 👋',
      'hi',
      36,
      '1',
      'function',
    ])
  })
})

t.test('sizes are kept whatever the alphabet', async (t) => {
  const sandbox = await openSandbox(t)
  const wide = await runGuest(sandbox, "check: () => '漢'.repeat(3e6).length + '漢'.repeat(3e6)")
  t.equal(String(resultOf(wide)).length, 3_000_007, 'three bytes a character pass')
  const tooWide = await runGuest(sandbox, "check: () => '漢'.repeat(5e6)")
  t.match(failureOf(tooWide), { class: 'USER_ERROR', message: /too large/ })
  const answer = () => ({ ok: true as const, value: '\u0001'.repeat(4e6) })
  const members = 'async check(ctx) { try { return await ctx.kv.get("k") } catch (e) { return e.code } }'
  t.equal(resultOf(await runGuest(sandbox, members, { answer })), 'QUOTA_EXCEEDED', 'an answer over a frame is refused')
})

t.test('timers and calls do not take places from each other', async (t) => {
  const sandbox = await openSandbox(t)
  const members = `async check(ctx) {
    const timers = Array.from({ length: 40 }, () => new Promise((resolve) => setTimeout(resolve, 100)))
    await ctx.kv.get('k')
    await Promise.all(timers)
    return 'fine'
  }`
  t.equal(resultOf(await runGuest(sandbox, members)), 'fine')
})

t.test('one organization never has all children, and others are served before its queue', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 4, spares: 0 })
  const waiting = new Promise<never>(() => {})
  const greedy = Array.from({ length: 10 }, () =>
    startGuest(sandbox, entryScript('async check(ctx) { await ctx.kv.get("k") }'), { answer: () => waiting }),
  )
  for (const run of greedy) void run.step()
  const others = await Promise.all(
    ['org_b', 'org_c'].map((organizationId) => runGuest(sandbox, 'check: () => 1', { organizationId })),
  )
  t.same(others.map(resultOf), [1, 1])
  const owned = sandbox.status().children.filter(({ organizationId }) => organizationId === 'org_1')
  t.equal(owned.length, 2)
  for (const run of greedy) await run.close()
})

t.test('a child that cannot be started is a failed run that may be tried again', async (t) => {
  const cage = { layers: [], spawn: () => assert.fail('no descriptors'), close: () => {} }
  const pool = new GuestPool(cage, '/nowhere', createLog('silent'))
  const seat = await pool.seat({ organizationId: 'org_1', installationId: 'ins_1', digest: 'd' })
  if (seat === 'full') throw new Error('nobody waits here')
  t.match(await seat?.slot.process.ask({ t: 'pull', run: 1, timeoutMs: 100, now: 0 }, '', 100), {
    ok: false,
    death: { class: 'CRASH' },
  })
  await pool.close()
})

t.test('never puts two organizations into one process', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2, spares: 1 })
  const pids = new Map<string, Set<number>>()
  for (const organizationId of ['org_a', 'org_b', 'org_a', 'org_c']) {
    const run = startGuest(sandbox, entryScript('check() {}'), { organizationId })
    await run.step()
    for (const child of sandbox.status().children) {
      if (!child.organizationId) continue
      pids.set(child.organizationId, (pids.get(child.organizationId) ?? new Set()).add(child.pid))
    }
    await run.close()
  }
  const all = [...pids.values()].flatMap((set) => [...set])
  t.equal(pids.size, 3)
  t.equal(new Set(all).size, all.length, 'no process id was seen under two organizations')
})

t.test('a run that finds no child in time is told QUEUE when its signal or time ends the wait', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 1, spares: 1 })
  const busy = startGuest(sandbox, entryScript('async check(ctx) { await ctx.kv.get("k") }'), {
    answer: () => new Promise(() => {}),
  })
  const first = busy.step()
  const waiting = startGuest(sandbox, entryScript('check() { return 1 }'))
  const second = waiting.step()
  await busy.close()
  t.equal(failureOf(await first).class, 'CANCELLED')
  t.equal(resultOf(await second), 1, 'it goes on as soon as the child is free')
  await waiting.close()
})
