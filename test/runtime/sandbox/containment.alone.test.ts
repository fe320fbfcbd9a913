import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { entryScript, failureOf, openSandbox, resultOf, runGuest, startGuest } from './start-guest.ts'

/** Each must die alone: with the right class, while other installations go on, and the next run must work. */
const ATTACKS: [name: string, members: string, classes: string[]][] = [
  ['a loop', 'check() { for (;;) {} }', ['CPU']],
  ['a loop after an await', 'async check(ctx) { await ctx.kv.get("k"); for (;;) {} }', ['CPU']],
  [
    'a loop in microtasks',
    'async check(ctx) { const f = () => { Promise.resolve().then(f) }; f(); await ctx.kv.get("k") }',
    ['CPU'],
  ],
  ['a loop in finally', 'check() { try { for (;;) {} } finally { for (;;) {} } }', ['CPU']],
  ['a loop that ignores termination', 'check() { for (;;) { globalThis.k = new Array(1000) } }', ['CPU', 'MEMORY']],
  ['a dense array', 'check() { Array(1e9).fill(0) }', ['MEMORY', 'CPU']],
  ['arrays that grow', 'check() { const a = []; for (;;) a.push(new Array(100).fill(1)) }', ['MEMORY', 'CPU']],
  ['strings split into a sea', 'check() { "x".repeat(2 ** 28).split("") }', ['MEMORY']],
  ['a sort of nothing', 'check() { Array.prototype.sort.call({ length: 2 ** 53 - 1 }) }', ['MEMORY', 'CPU']],
  ['typed arrays', 'check() { const a = []; for (;;) a.push(new Uint8Array(5e7).fill(1)) }', ['MEMORY', 'USER_ERROR']],
  [
    'resizable buffers',
    'check() { const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 5e8 }); b.resize(5e8); new Uint8Array(b).fill(1); a.push(b) } }',
    ['USER_ERROR', 'MEMORY'],
  ],
  ['a BigInt power', 'check() { return (2n ** 40000000n).toString().length }', ['CPU', 'MEMORY']],
  ['a proxy thrown', 'check() { throw new Proxy({}, { get() { for (;;) {} } }) }', ['CPU']],
  ['a getter in the result', 'check() { return { get x() { for (;;) {} } } }', ['CPU']],
  ['a promise that never settles', 'check() { return new Promise(() => {}) }', ['WALL']],
  ['a flood of host calls', 'async check(ctx) { for (;;) ctx.kv.get("k").catch(() => {}) }', ['CPU', 'MEMORY']],
  ['a result too large', 'check() { return "x".repeat(8e6) }', ['USER_ERROR']],
  ['a catastrophic pattern', 'check() { return /^(a+)+$/.test("a".repeat(40) + "b") }', ['CPU']],
]

t.test('hostile code dies alone', async (t) => {
  const sandbox = await openSandbox(t)
  for (const [name, members, classes] of ATTACKS) {
    t.test(name, async (t) => {
      const attack = runGuest(sandbox, members)
      const neighbours = await goOn(sandbox, attack)
      t.ok(
        classes.includes(failureOf(await attack).class),
        `${failureOf(await attack).class}: ${failureOf(await attack).message}`,
      )
      t.ok(
        neighbours.every((value) => value === 'fine'),
        'neighbours were answered all along',
      )
      t.ok(neighbours.length > 0)
    })
  }
})

/** Runs of another organization, one after the other, for as long as the attack lasts. */
async function goOn(sandbox: Sandbox, attack: Promise<unknown>): Promise<unknown[]> {
  let over = false
  void attack.then(() => {
    over = true
  })
  const values: unknown[] = []
  const neighbour = { organizationId: 'org_other', installationId: 'ins_other', digest: 'other' }
  do {
    const run = startGuest(sandbox, entryScript('check() { return "fine" }'), neighbour)
    values.push(resultOf(await run.step()))
    await run.close()
    await sleep(10)
  } while (!over)
  return values
}

t.test('after a kill the same installation runs again', async (t) => {
  const sandbox = await openSandbox(t)
  const source = entryScript('check(ctx, loop) { while (loop) {} return "fine" }')
  const same = { installationId: 'ins_again', digest: 'again' }
  const looping = startGuest(sandbox, source, { ...same, args: [true] })
  t.equal(failureOf(await looping.step()).class, 'CPU')
  const next = startGuest(sandbox, source, { ...same, args: [false] })
  t.equal(resultOf(await next.step()), 'fine')
  await next.close()
})

t.test('code from text is refused in every form, and nothing of the host is in reach', async (t) => {
  const sandbox = await openSandbox(t)
  const members = `check() {
    const made = []
    const tries = [
      () => Function('return 1')(), () => new Function('return 1')(), () => (() => {}).constructor('return 1')(),
      () => (async () => {}).constructor('return 1')(), () => (function* () {}).constructor('return 1')(),
      () => (async function* () {}).constructor('return 1')(), () => eval('1'), () => (0, globalThis['ev' + 'al'])('1'),
      () => setTimeout('globalThis.x = 1') && globalThis.x, () => fetch.constructor('return 1')(),
      () => console.log.constructor('return this')(), () => new URL('https://a.b').constructor.constructor('return 1')(),
    ]
    for (const attempt of tries) { try { made.push(attempt()) } catch {} }
    const missing = ['process', 'require', 'module', 'Buffer', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'annexNative', '_ivm', 'global']
    return [made.filter((x) => x !== undefined).length, missing.filter((name) => name in globalThis)]
  }`
  t.same(resultOf(await runGuest(sandbox, members)), [0, []])
})

t.test('a dynamic import loads nothing', async (t) => {
  const sandbox = await openSandbox(t)
  const result = await runGuest(sandbox, 'async check() { return typeof (await import("node:fs")) }')
  t.equal(failureOf(result).class, 'USER_ERROR')
})
