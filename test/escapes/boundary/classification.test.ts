import t from 'tap'
import type { HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import type { RunFailure } from '../../../runtime/sandbox/run.ts'
import { failureOf, openSandbox, runGuest } from '../../runtime/sandbox/start-guest.ts'

const REFUSE = (): HostCallResult => ({ ok: false, error: { code: 'PERMISSION_DENIED', message: 'no' } })

/** An error of the guest's own, however odd, is no incident: an incident counts against the installation. */
const OWN_FAULTS: [title: string, members: string][] = [
  [
    'an iterator whose step is null',
    `check: () => ({ [Symbol.asyncIterator]() { return this }, async next() { return null } })`,
  ],
  [
    'an iterator whose step throws when it is looked at',
    `check: () => ({ [Symbol.asyncIterator]() { return this }, async next() { return { get done() { throw new Error('x') } } } })`,
  ],
  [
    'an iterator whose value throws when it is looked at',
    `check: () => ({ [Symbol.asyncIterator]() { return this }, async next() { return { done: false, get value() { throw new Error('x') } } } })`,
  ],
  ['an iterator without next', 'check: () => ({ [Symbol.asyncIterator]: () => ({}) })'],
  ['an iterator that throws', `check: () => ({ [Symbol.asyncIterator]() { throw new Error('x') } })`],
  [
    'an error thrown after the output was filled up',
    `check(ctx) { ctx.kv.set('k', 'x'.repeat(4 * 1024 * 1024 - 200)).catch(() => {}); throw new Error('y'.repeat(500)) }`,
  ],
  [
    'a result too large while instanceof is a trap',
    `check() {
      Object.defineProperty(Error, Symbol.hasInstance, { value() { throw new Error('x') } })
      return 'x'.repeat(5e6)
    }`,
  ],
]

t.test("the guest's own faults are its own errors", async (t) => {
  const sandbox = await openSandbox(t)
  for (const [title, members] of OWN_FAULTS) {
    const { class: ending, incident } = failureOf(await runGuest(sandbox, members)) as RunFailure
    t.strictSame({ ending, incident }, { ending: 'USER_ERROR', incident: false }, title)
  }
})

t.test('a refusal that ends the run keeps its class, whatever was done to the language', async (t) => {
  const sandbox = await openSandbox(t)
  const pollutions: [title: string, code: string][] = [
    ['nothing', ''],
    [
      'fields of an answer on all objects',
      `for (const k of ['ok', 'error', 'code', 'message', 'details']) Object.prototype[k] = 'x'`,
    ],
    ['fields of a descriptor on all objects', 'Object.prototype.get = () => 1'],
    ['a then on all objects', 'Object.prototype.then = undefined'],
    ['Map', `Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => { throw 1 }`],
    ['JSON', `JSON.parse = JSON.stringify = () => { throw 1 }`],
    ['the classes themselves', 'String = Symbol = Number = Map = Promise = Reflect = Error = undefined'],
  ]
  for (const [title, code] of pollutions) {
    const members = `async check(ctx) { ${code}; await ctx.platform.chantiers.create({}) }`
    t.equal(failureOf(await runGuest(sandbox, members, { answer: REFUSE })).class, 'PERMISSION', title)
  }
})

t.test('a quota that ends the run is told as one', async (t) => {
  const sandbox = await openSandbox(t)
  const value = { status: 200, statusText: '', url: 'https://a.example/', headers: [], body: '' }
  const answer = (): HostCallResult => ({ ok: true, value })
  const calls = 'async check(ctx) { for (;;) await ctx.kv.get("x") }'
  t.equal(failureOf(await runGuest(sandbox, calls, { limits: { hostCalls: 3 }, answer })).class, 'QUOTA', 'host calls')
  const fetches = 'async check(ctx) { for (;;) await ctx.fetch("https://a.example/") }'
  t.equal(failureOf(await runGuest(sandbox, fetches, { limits: { fetches: 3 }, answer })).class, 'QUOTA', 'fetches')
})

t.test('whether a run may be tried again is not for the guest to say by a field', async (t) => {
  const sandbox = await openSandbox(t)
  for (const code of ['PERMISSION_DENIED', 'QUOTA_EXCEEDED', 'CRASH', 'WALL', 'QUEUE', 'MINE']) {
    const members = `check() { throw Object.assign(new Error('no'), { code: '${code}', class: '${code}', retryable: true, incident: true }) }`
    const failure = failureOf(await runGuest(sandbox, members)) as RunFailure
    t.match(failure, { class: 'USER_ERROR', retryable: false, incident: false }, code)
  }
})

t.test('what is told of an error is bounded, whole characters and frames of the extension only', async (t) => {
  const sandbox = await openSandbox(t)
  const members = `check() {
    const error = new Error('x'.repeat(4095) + '\\ud83d\\ude00'.repeat(10))
    error.name = error.code = '\\ud800'.repeat(1e6)
    error.stack = 'Error\\n' + '    at spawn (/usr/lib/node.js:1:1)\\n'.repeat(100) + '    at f (ext://@test/guest@1.0.0/extension.js:1:1)'
    throw error
  }`
  const failure = failureOf(await runGuest(sandbox, members)) as RunFailure
  t.ok(failure.message.length <= 4_096 && failure.message.isWellFormed())
  t.ok(failure.code.length <= 100 && failure.code.isWellFormed())
  t.notMatch(failure.stack ?? '', /usr/)
})

t.test('a stack tells no name of what is behind the bridge', async (t) => {
  const sandbox = await openSandbox(t)
  const members = `async check(ctx) {
    const stacks = []
    for (const attempt of [() => ctx.kv.set('x', 1n), () => new URL('x'), () => ctx.log.info({ toString() { throw new Error('x') } })]) {
      try { await attempt() } catch (error) { stacks.push(error.stack); console.error(error) }
    }
    return stacks
  }`
  const result = await runGuest(sandbox, members)
  const said = JSON.stringify(result)
  t.equal(result.ok, true)
  t.notMatch(said, /file:|node:|\/tmp\/|guest\.cjs/, 'no path of the host')
  t.notMatch(said, /annex:prelude/, "no frame that is not the extension's")
})
