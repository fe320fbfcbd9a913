import t from 'tap'
import type { RunRequest } from '../../../runtime/sandbox/run.ts'
import { entryScript, openSandbox, resultOf, runGuest, startGuest } from './start-guest.ts'

const NOW = Date.UTC(2031, 4, 6, 7, 8, 9, 123)
const deterministic: NonNullable<RunRequest['deterministic']> = { now: NOW, seed: 'ab'.repeat(32) }

t.test('the clock of a guest', async (t) => {
  const clock = { at: NOW, now: () => clock.at }
  const sandbox = await openSandbox(t, { clock })
  const valueIn = async (members: string, request?: Parameters<typeof runGuest>[2]) =>
    resultOf(await runGuest(sandbox, members, request))

  t.test('shows the same time in every way that it can be asked for', async (t) => {
    const members = `check() {
      const format = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeStyle: 'medium' })
      const parts = new Intl.DateTimeFormat('en', { fractionalSecondDigits: 3 }).formatToParts()
      return [Date.now(), +new Date(), new Date().toISOString(), Date(), format.format(), parts[0].value,
        Intl.DateTimeFormat('en').format(undefined), [1].map(new Intl.DateTimeFormat('en').format)[0],
        new (class extends Date {})().getTime(), Reflect.construct(Date, []).getTime(), new Date().getHours()]
    }`
    t.same(await valueIn(members), [
      ...[NOW, NOW, '2031-05-06T07:08:09.123Z', 'Tue May 06 2031 07:08:09 GMT+0000 (Coordinated Universal Time)'],
      ...['5/6/31, 7:08:09 AM', '123', '5/6/2031', '1/1/1970', NOW, NOW, 7],
    ])
  })

  t.test('stands still while code runs, and is the time of what came last', async (t) => {
    const members = `async check(ctx) {
      const at = [Date.now()]
      for (let i = 0; i < 2e4; i++) Math.sqrt(i)
      at.push(Date.now())
      for (let i = 0; i < 2; i++) { await ctx.kv.get('k'); at.push(Date.now()) }
      return at
    }`
    const answer = () => {
      clock.at += 1_500
      return { ok: true as const, value: null }
    }
    t.same(await valueIn(members, { answer }), [NOW, NOW, NOW + 1_500, NOW + 3_000])
    clock.at = NOW
  })

  t.test('is there when the script is evaluated', async (t) => {
    const source = `const at = Date.now(); ${entryScript('check: () => at')}`
    const run = startGuest(sandbox, source)
    t.equal(resultOf(await run.step()), NOW)
    await run.close()
  })

  t.test('goes on between the pages of a generator, and never back', async (t) => {
    const source = entryScript('streams: { s: { async *read() { for (;;) yield Date.now() } } }')
    const run = startGuest(sandbox, source, { handler: ['streams', 's', 'read'] })
    const times = []
    for (const move of [0, 700, -5_000]) {
      clock.at += move
      times.push(resultOf(await run.step()))
    }
    await run.close()
    t.same(times, [NOW, NOW + 700, NOW + 700])
    clock.at = NOW
  })

  t.test('stands for good in deterministic mode', async (t) => {
    clock.at = NOW + 1e9
    const members = 'async check(ctx) { await ctx.kv.get("k"); return Date.now() }'
    t.equal(await valueIn(members, { deterministic }), NOW)
    clock.at = NOW
  })

  t.test('leaves Date as the language has it', async (t) => {
    const members = `check() {
      class Later extends Date { later() { return this.getTime() + 1 } }
      const names = Object.getOwnPropertyNames(Date).sort()
      const how = (name) => { const { writable: w, enumerable: e, configurable: c } =
        Object.getOwnPropertyDescriptor(Date, name); return [w, e, c] }
      return [
        new Date() instanceof Date, new Date().constructor === Date, Date.prototype.constructor === Date,
        new Later(1) instanceof Later, new Later(1) instanceof Date, new Later(1).later(),
        Date.name, Date.length, names, how('prototype'), how('length'), how('now'),
        /^function.*\\[native code\\] }$/.test(Function.prototype.toString.call(Date)), typeof Date(1, 2),
        Date.UTC(2000, 0), Date.parse('2000-01-01'), new Date(2000, 0, 2).getTime(), new Date(new Date(7)).getTime(),
        Number.isNaN(+new Date(undefined)), typeof Temporal, new Date().toTemporalInstant === undefined,
        Intl.DateTimeFormat().format === Intl.DateTimeFormat().format,
        (() => { const d = Intl.DateTimeFormat(); return d.format === d.format })(),
        Object.keys(globalThis).includes('Date'),
      ]
    }`
    const fixed = [false, false, false]
    t.same(await valueIn(members), [
      ...[true, true, true, true, true, 2, 'Date', 7],
      ['UTC', 'length', 'name', 'now', 'parse', 'prototype'],
      ...[fixed, [false, false, true], [true, false, true], true, 'string'],
      ...[946684800000, 946684800000, 946771200000, 7, true, 'undefined', true, false, true, false],
    ])
  })

  t.test('cannot be got around by patching the language', async (t) => {
    const members = `check() {
      const seen = []
      Object.prototype.get = function () { seen.push('get'); return 1 }
      Object.prototype.value = 5
      Function.prototype.bind = Function.prototype.apply = Function.prototype.call = function () { seen.push(this) }
      Reflect.apply = Reflect.construct = Reflect.defineProperty = (...a) => { seen.push(a) }
      WeakMap.prototype.get = WeakMap.prototype.set = function (key, value) { seen.push(key, value) }
      const times = [Date.now(), new Date().getTime(), Intl.DateTimeFormat('en', { year: 'numeric' }).format()]
      return [times, seen.length]
    }`
    t.same(await valueIn(members), [[NOW, NOW, '2031'], 0])
  })
})
