import t from 'tap'
import { entryScript, openSandbox } from '../sandbox/start-guest.ts'
import { numbersFrom, randomProgram } from './random-program.ts'
import { recordGuest, replayWith, restlessAnswers } from './record-guest.ts'

const PROGRAMS = 60

/** Five calls, two of them at a time, dates, randomness, a timer. */
const BUSY = `async check(ctx, start) {
  const first = await ctx.kv.get('first')
  const started = new Date()
  const both = await Promise.all(['a', 'b', 'c'].map((key) => ctx.kv.get(key)))
  await new Promise((done) => setTimeout(done, 5))
  const last = await ctx.kv.set('last', { by: crypto.randomUUID(), at: Date.now() })
  return { start, first, both, last, took: Date.now() - started, dice: Math.random(), now: new Date().toString() }
}`

t.test('a recorded run', async (t) => {
  const sandbox = await openSandbox(t)

  t.test('with five calls, dates, randomness and concurrent calls gives a byte-equal result', async (t) => {
    const answer = restlessAnswers(numbersFrom(7))
    const { recording, results } = await recordGuest(sandbox, entryScript(BUSY), { answer, args: [{ a: 1 }] })
    t.equal(recording.slices.flatMap(({ said = [] }) => said).filter(({ k }) => k === 'call').length, 5)
    const replay = await replayWith(sandbox, recording, entryScript(BUSY))
    t.equal(JSON.stringify(replay.actual.results[0]), JSON.stringify(results[0]?.ok && results[0].value))
    t.match(replay, { equal: true, identical: true })
  })

  t.test('is replayed to the byte whatever the program is', async (t) => {
    let calls = 0
    let failures = 0
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const next = numbersFrom(seed)
      const source = entryScript(randomProgram(next))
      const paged = seed % 3 === 0
      const handler = paged ? ['streams', 's', 'read'] : ['check']
      const answer = restlessAnswers(next, 0.15)
      const { recording, results } = await recordGuest(sandbox, source, { answer, handler }, paged ? 5 : 1)
      const replay = await replayWith(sandbox, recording, source)
      calls += recording.slices.flatMap(({ said = [] }) => said).filter(({ k }) => k === 'call').length
      if (recording.failure) failures++
      const values = results.flatMap((result) => (result.ok ? [result.value] : []))
      const same = JSON.stringify(replay.actual.results) === JSON.stringify(values)
      if (same && replay.equal && replay.identical) continue
      t.fail(`seed ${seed} departs`, { source, departure: replay.departure, replay: replay.actual, values })
    }
    t.ok(calls > PROGRAMS && failures > 0, `${calls} calls and ${failures} failures in ${PROGRAMS} programs`)
  })

  t.test('that failed fails again in the same way', async (t) => {
    const members = `async check(ctx) { const { value } = await ctx.kv.get('k'); throw new RangeError('bad ' + value + Math.random()) }`
    const { recording } = await recordGuest(sandbox, entryScript(members), {
      answer: () => ({ ok: true, value: { value: 5, rev: 1 } }),
    })
    const replay = await replayWith(sandbox, recording, entryScript(members))
    t.match(replay, { equal: true, identical: true, actual: { failure: { class: 'USER_ERROR', code: 'RangeError' } } })
    t.equal(replay.actual.failure?.stack, recording.failure?.stack)
  })

  t.test('keeps the class of a refusal that ended it', async (t) => {
    const members = 'async check(ctx) { await ctx.kv.get("k") }'
    const answer = () => ({ ok: false as const, error: { code: 'PERMISSION_DENIED' as const, message: 'no' } })
    const { recording } = await recordGuest(sandbox, entryScript(members), { answer })
    t.equal(recording.failure?.class, 'PERMISSION')
    t.match(await replayWith(sandbox, recording, entryScript(members)), { equal: true, identical: true })
  })

  t.test('that ran into a limit, or was stopped from outside, ends there again', async (t) => {
    const waits = 'async check(ctx) { await ctx.kv.get("k"); await ctx.kv.get("never") }'
    const answer = async ({ args }: { args: unknown }) => {
      if ((args as { key: string }).key === 'never') await new Promise(() => {})
      return { ok: true as const, value: null }
    }
    const wall = await recordGuest(sandbox, entryScript(waits), { answer, limits: { wallMs: 500 } })
    t.equal(wall.recording.failure?.class, 'WALL')
    t.match(await replayWith(sandbox, wall.recording, entryScript(waits)), { equal: true, identical: true })

    const stop = new AbortController()
    const listens = `async check(ctx) { ctx.signal.addEventListener('abort', () => ctx.log.warn('bye ' + Date.now()))
      await ctx.kv.get('stop') }`
    const cancelled = await recordGuest(sandbox, entryScript(listens), {
      answer: async () => {
        stop.abort()
        return new Promise(() => {})
      },
      signal: stop.signal,
    })
    t.equal(cancelled.recording.failure?.class, 'CANCELLED')
    t.match(await replayWith(sandbox, cancelled.recording, entryScript(listens)), { equal: true, identical: true })

    const loops = 'async check(ctx) { await ctx.kv.get("k"); for (;;); }'
    const cpu = await recordGuest(sandbox, entryScript(loops), { limits: { sliceMs: 50, cpuMs: 50 } })
    t.equal(cpu.recording.failure?.class, 'CPU')
    t.match(await replayWith(sandbox, cpu.recording, entryScript(loops)), { equal: true })
  })

  t.test('that was stopped from outside is not equal to one that comes to an end', async (t) => {
    const waits = 'async check(ctx) { await ctx.kv.get("k"); await new Promise((done) => setTimeout(done, 20_000)) }'
    const { recording } = await recordGuest(sandbox, entryScript(waits), { limits: { wallMs: 500 } })
    t.equal(recording.failure?.class, 'WALL')
    const over = { equal: false, equalSoFar: true, identical: false }
    const ends = waits.replace(
      'await new Promise((done) => setTimeout(done, 20_000))',
      'setTimeout(() => {}, 20_000); return 1',
    )
    t.match(await replayWith(sandbox, recording, entryScript(ends)), { ...over, actual: { results: [1] } })
    const throws = ends.replace('return 1', 'throw new Error("x")')
    t.match(await replayWith(sandbox, recording, entryScript(throws)), {
      ...over,
      actual: { failure: { message: 'x' } },
    })
    const asks = waits.replace('"k"', '"other"')
    t.match(await replayWith(sandbox, recording, entryScript(asks)), { equal: false, equalSoFar: false })
  })

  t.test('with changed code shows the first call that differs', async (t) => {
    const source = entryScript(BUSY)
    const { recording } = await recordGuest(sandbox, source, { answer: restlessAnswers(numbersFrom(9)) })
    const other = await replayWith(sandbox, recording, source.replace("get('first')", "get('second')"))
    t.match(other, { equal: false, identical: false })
    t.match(other.departure, {
      index: 0,
      expected: { name: 'kv.get', args: { key: 'first' } },
      actual: { name: 'kv.get', args: { key: 'second' } },
    })
    const more = await replayWith(sandbox, recording, source.replace('return {', "await ctx.kv.get('more'); return {"))
    t.match(more.departure, { index: 6, actual: { name: 'kv.get', args: { key: 'more' } } })
    t.equal(more.departure?.expected, undefined)
    const fewer = await replayWith(sandbox, recording, source.replace(/const last = await .*\n/, 'let last\n'))
    t.match(fewer.departure, { index: 5, expected: { name: 'kv.set' } })
    t.equal(fewer.departure?.actual, undefined)
    const timer = await replayWith(sandbox, recording, source.replace('(done, 5)', '(done, 6)'))
    t.match(timer.departure, { index: 4, expected: { k: 'timer', ms: 5 }, actual: { k: 'timer', ms: 6 } })
  })

  t.test('with changed code shows another result', async (t) => {
    const source = entryScript(BUSY)
    const { recording } = await recordGuest(sandbox, source, { answer: restlessAnswers(numbersFrom(9)) })
    const replay = await replayWith(sandbox, recording, source.replace('return {', 'return { more: 1,'))
    t.equal(replay.equal, false)
    t.equal(replay.departure, undefined)
    t.match(replay.actual.results, [{ more: 1 }])
    const mended = await replayWith(sandbox, recording, source.replace('return {', 'throw new Error("x"); return {'))
    t.match(mended, { equal: false, actual: { failure: { message: 'x' } } })
  })
})
