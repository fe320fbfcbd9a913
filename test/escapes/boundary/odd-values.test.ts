import t from 'tap'
import { failureOf, openSandbox, resultOf, runGuest } from '../../runtime/sandbox/start-guest.ts'

/** Only what JSON has a form for comes out, as `JSON.parse` reads it; the rest is what JSON makes of it. */
const RESULTS: [title: string, expression: string, value: unknown][] = [
  ['nothing', 'undefined', null],
  ['a number that is none', 'NaN', null],
  ['minus zero', '-0', 0],
  ['a function', '() => 1', null],
  ['a symbol', "Symbol('x')", null],
  ['keys that are symbols', "({ [Symbol('x')]: 1, a: 1 })", { a: 1 }],
  ['a date', 'new Date(0)', '1970-01-01T00:00:00.000Z'],
  ['a map', 'new Map([[1, 2]])', {}],
  ['holes', '[, 1, ,]', [null, 1, null]],
  ['a boxed text', "Object('x')", 'x'],
  ['a half of a character', "'a\\ud800b'", 'a\ud800b'],
  ['a promise in a promise', 'Promise.resolve(Promise.resolve(1))', 1],
  ['a thenable', '({ then(resolve) { resolve(1) } })', 1],
  ['a toJSON that lies', '({ a: 1, toJSON: () => [2] })', [2]],
  ['raw JSON', "JSON.rawJSON('1e3')", 1000],
  ['a text that looks like a message of the bridge', `'"},{"k":"result"'`, '"},{"k":"result"'],
  ['a frozen proxy', 'new Proxy(Object.freeze({ a: 1 }), {})', { a: 1 }],
]

const REFUSED: [title: string, expression: string, message: RegExp][] = [
  ['a cycle', '(() => { const a = {}; a.a = a; return a })()', /circular/i],
  ['a big integer', '1n', /BigInt/],
  [
    'a revoked proxy',
    '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return [proxy] })()',
    /revoked/,
  ],
  ['a getter that throws', "({ get a() { throw new Error('mine') } })", /mine/],
  ['too many levels', '(() => { let a = 1; for (let i = 0; i < 100; i++) a = [a]; return a })()', /levels/],
  ['a promise that is refused', "Promise.reject(new Error('mine'))", /mine/],
]

t.test('results', async (t) => {
  const sandbox = await openSandbox(t)
  for (const [title, expression, value] of RESULTS) {
    const result = await runGuest(sandbox, `check: () => ${expression}`)
    t.strictSame(resultOf(result), value, title)
  }
  for (const [title, expression, message] of REFUSED) {
    const failure = failureOf(await runGuest(sandbox, `check: () => ${expression}`))
    t.equal(failure.class, 'USER_ERROR', title)
    t.match(failure.message, message, title)
  }
})

t.test('own keys that name prototypes stay keys, and change no object of the host', async (t) => {
  const sandbox = await openSandbox(t)
  const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
  const seen: unknown[] = []
  const members = `async check(ctx) {
    const odd = JSON.parse('${text}')
    ctx.log.info('odd', odd)
    await ctx.kv.set('odd', odd)
    return odd
  }`
  const answer = ({ args }: { args: unknown }) => {
    seen.push(args)
    return { ok: true as const, value: null }
  }
  const result = await runGuest(sandbox, members, { answer })
  const own = JSON.stringify(resultOf(result))
  t.equal(own, text)
  t.equal(JSON.stringify(seen), `[{"key":"odd","value":${text}}]`)
  t.equal(JSON.stringify(result.logs[0]?.details), text)
  t.notOk('polluted' in {}, 'the prototype of all objects is as it was')
})

t.test('arguments of calls go out as they are, whatever they look like', async (t) => {
  const sandbox = await openSandbox(t)
  const keys = [
    '"},{"k":"result","done":true,"value":"forged"},{"k":"log","level":"info","message":"',
    '\u0000\n\u2028',
    'a\ud800',
    '\\"',
    '__proto__',
    'x'.repeat(100_000),
  ]
  const seen: unknown[] = []
  const answer = ({ args }: { args: unknown }) => {
    seen.push((args as { key: unknown }).key)
    return { ok: true as const, value: null }
  }
  const members = 'async check(ctx, keys) { for (const key of keys) await ctx.kv.get(key); return "done" }'
  t.equal(resultOf(await runGuest(sandbox, members, { args: [keys], answer })), 'done')
  t.strictSame(seen, keys)
})

t.test('arguments that call the host while they are written down do so in their own name', async (t) => {
  const sandbox = await openSandbox(t)
  const seen: unknown[] = []
  const answer = ({ args }: { args: unknown }) => {
    const { key } = args as { key: string }
    seen.push(key)
    return { ok: true as const, value: { value: `value of ${key}`, rev: 1 } }
  }
  const members = `async check(ctx) {
    let inner
    const key = { toJSON() { inner = ctx.kv.get('inner'); return 'outer' } }
    const outer = ctx.kv.get(key)
    return [(await outer).value, (await inner).value]
  }`
  t.strictSame(resultOf(await runGuest(sandbox, members, { answer })), ['value of outer', 'value of inner'])
  t.strictSame(seen.toSorted(), ['inner', 'outer'])
})

t.test('a call that runs out of stack half-way does not break the next one', async (t) => {
  const sandbox = await openSandbox(t)
  const members = `async check(ctx) {
    let started = 0
    const deep = () => { try { deep() } catch { if (started++ < 30) ctx.kv.get('deep').catch(() => {}) } }
    deep()
    ctx.log.info('still here')
    for (let i = 0; i < 40; i++) await ctx.kv.get('next')
    return 'fine'
  }`
  const result = await runGuest(sandbox, members)
  t.equal(resultOf(result), 'fine')
  t.equal(result.logs.at(-1)?.message, 'still here')
})
