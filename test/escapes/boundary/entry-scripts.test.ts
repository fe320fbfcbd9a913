import t from 'tap'
import type { RunFailure } from '../../../runtime/sandbox/run.ts'
import { failureOf, openSandbox, resultOf, startGuest } from '../../runtime/sandbox/start-guest.ts'

const FINE = "var annexExtension = { check: () => 'fine' }"

/** The script stands alone: there is no wrapper to close, and nothing of it is taken for more than it is. */
const WORKING: [title: string, source: string][] = [
  ['a first line for a shell', `#!/usr/bin/env node\n${FINE}`],
  ['a comment of old web pages', `${FINE}\n--> }); (function () {`],
  ['a value of its own at the end: a function', `${FINE}; (function () { for (;;) {} })`],
  ['a value of its own at the end: a promise', `${FINE}; new Promise(() => {})`],
  ['a value of its own at the end: a thenable', `${FINE}; ({ then() { for (;;) {} } })`],
  ['halves of characters', `${FINE}; var odd = '\ud800'`],
  [
    'a definition behind a getter',
    `Object.defineProperty(globalThis, 'annexExtension', { get: () => ({ check: () => 'fine' }) })`,
  ],
  ['a definition in a proxy', `annexExtension = new Proxy({ check: () => 'fine' }, {})`],
  ['a definition that is a thenable', `annexExtension = { then(resolve) { resolve({}) }, check: () => 'fine' }`],
  [
    'globals of the host replaced before the handler',
    `${FINE}; JSON = Promise = Map = Reflect = Object = Array = undefined`,
  ],
  [
    'prototypes of the host replaced before the handler',
    `${FINE}; for (const owner of [Map, Set, Promise, String, Function, RegExp, Error].map((made) => made.prototype)) {
      for (const key of Reflect.ownKeys(owner)) {
        try { if (key !== 'constructor') owner[key] = () => { throw new Error('patched') } } catch {}
      }
    }`,
  ],
]

const REFUSED: [title: string, source: string, message: RegExp][] = [
  ['the end of a wrapper', `}); globalThis.left = 1; (function () {\n${FINE}`, /Unexpected token/],
  ['an import', `import fs from 'node:fs'\n${FINE}`, /import/],
  ['an export', `export ${FINE}`, /export/],
  ['the address of a module', `${FINE}; import.meta.url`, /import\.meta/],
  ['a return', `${FINE}\nreturn 1`, /return/i],
  ['an await', `${FINE}\nawait 1; await (async () => 1)()`, /await/],
  ['no definition', '1', /no definition/],
  ['a definition that is a text', "var annexExtension = 'x'", /no definition/],
  [
    'a definition that throws',
    'Object.defineProperty(globalThis, "annexExtension", { get() { throw new Error("mine") } })',
    /mine/,
  ],
]

t.test('an entry script', async (t) => {
  const sandbox = await openSandbox(t)
  const start = async (source: string) => {
    const run = startGuest(sandbox, source)
    const result = await run.step()
    await run.close()
    return result
  }
  for (const [title, source] of WORKING) t.equal(resultOf(await start(source)), 'fine', title)
  for (const [title, source, message] of REFUSED) {
    const failure = failureOf(await start(source))
    t.equal(failure.class, 'USER_ERROR', title)
    t.match(failure.message, message, title)
  }
})

t.test('the frames of a failure name the extension that ran, whatever its source says', async (t) => {
  const sandbox = await openSandbox(t)
  for (const name of ['ext://@honest/other@9.9.9/index.js', 'file:///etc/passwd', '/home/x/ext://y', 'annex:prelude']) {
    const source = `var annexExtension = { check() { null.x } }\n//# sourceURL=${name}`
    const run = startGuest(sandbox, source)
    const failure = failureOf(await run.step()) as RunFailure
    const foreign = failure.stack?.split('\n').filter((frame) => !frame.includes('(ext://@test/guest@1.0.0/'))
    t.strictSame(foreign ?? [], [], name)
    await run.close()
  }
})

t.test('only what a definition has itself is a handler', async (t) => {
  const sandbox = await openSandbox(t)
  const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__', 'missing']
  const paths = [
    ...inherited.map((name) => [name]),
    ['streams', 'constructor'],
    ['__proto__', 'toString'],
    ['kind'],
    [],
  ]
  for (const handler of paths) {
    const source = "var annexExtension = { kind: 'connector', check() {}, streams: {} }"
    const run = startGuest(sandbox, source, { handler })
    const result = await run.step()
    t.match(result.ok ? result.value : result.failure.message, /no /, handler.join('.'))
    await run.close()
  }
})

t.test('a text given to a timer is not run', async (t) => {
  const sandbox = await openSandbox(t)
  const source = `var annexExtension = { check: (ctx) => new Promise((resolve) => {
    Object.defineProperty(globalThis, 'ran', { set() { resolve('it ran') } })
    setTimeout('globalThis.ran = 1', 1)
    setTimeout(resolve, 50)
  }) }`
  const run = startGuest(sandbox, source)
  t.match(failureOf(await run.step()), { class: 'USER_ERROR', message: /not a function/ })
  await run.close()
})
