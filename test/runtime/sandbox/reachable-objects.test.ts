import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { HostCall, HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import { bundleSurvey } from './reachable/bundle-survey.ts'
import type { Look, Survey } from './reachable/survey.ts'
import { openSandbox, resultOf, startGuest } from './start-guest.ts'

/** All that a fresh guest has by name. A new one is a decision: it is written down here, or it does not come in. */
const GLOBALS = [
  ...['AbortController', 'AbortSignal', 'AggregateError', 'AnnexError', 'Array', 'ArrayBuffer', 'AsyncDisposableStack'],
  ...[
    'BigInt',
    'BigInt64Array',
    'BigUint64Array',
    'Boolean',
    'DataView',
    'Date',
    'DisposableStack',
    'Error',
    'EvalError',
  ],
  ...['FinalizationRegistry', 'Float16Array', 'Float32Array', 'Float64Array', 'Function', 'Headers', 'Infinity'],
  ...['Int16Array', 'Int32Array', 'Int8Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math', 'NaN', 'Number', 'Object'],
  ...['Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Response', 'Set', 'String'],
  ...['SuppressedError', 'Symbol', 'SyntaxError', 'TextDecoder', 'TextEncoder', 'TypeError', 'URIError'],
  ...['URL', 'URLSearchParams', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'WeakRef'],
  ...['WeakSet', 'atob', 'btoa', 'clearTimeout', 'console', 'crypto', 'decodeURI', 'decodeURIComponent', 'encodeURI'],
  ...[
    'encodeURIComponent',
    'escape',
    'fetch',
    'globalThis',
    'isFinite',
    'isNaN',
    'parseFloat',
    'parseInt',
    'queueMicrotask',
  ],
  ...['self', 'setTimeout', 'undefined', 'unescape'],
  ...['DOMException', 'Event', 'EventTarget', 'Request', 'clearInterval', 'setInterval', 'structuredClone'],
]

/** A walk with every call tried is long: the limits of a handler are not what is tested here. */
const LIMITS = { sliceMs: 30_000, cpuMs: 60_000, wallMs: 90_000, hostCalls: 20_000, fetches: 20_000, logLines: 20_000 }

t.test('a fresh guest reaches no host class, no code generation and no shared memory', async (t) => {
  const sandbox = await openSandbox(t)
  const run = startGuest(sandbox, await bundleSurvey(), { handler: ['survey'], limits: LIMITS, answer })
  const survey = resultOf(await run.step()) as unknown as Survey
  await run.close()
  t.comment(countsOf(survey))
  t.same(survey.problems, [], 'nothing of it has no business there')
  t.same(survey.globals.toSorted(), GLOBALS.toSorted(), 'the globals are those that were decided on')
  t.notOk(survey.cut, 'everything was visited')
  t.ok(survey.objects > 1_000 && survey.functions > 1_000, countsOf(survey))
})

t.test('the same survey finds all of that where it is not taken away', async (t) => {
  const { bare, leaky } = await surveyBare()
  t.comment(countsOf(bare))
  t.equal(bare.problems.filter(({ kind }) => kind === 'other-realm').length, 0, 'one realm is one realm')
  const paths = [...bare.problems, ...leaky.problems].map(({ kind, path }) => `${kind} ${path}`)
  const expected = [
    'code-from-text call globalThis.eval',
    'code-from-text new globalThis.Function',
    'code-from-text bind syntax: async generator function.[[Prototype]].constructor',
    'shared-memory globalThis.SharedArrayBuffer',
    'shared-memory globalThis.WebAssembly',
    'resizable-memory syntax: buffer.[[Prototype]]',
    'resizable-memory syntax: asked for resizable',
    'host-class globalThis.leakedReference',
    'other-realm globalThis.leakedObject',
    'other-realm globalThis.leakedClass',
  ]
  for (const path of expected) t.ok(paths.includes(path), path)
})

/** Values and refusals both, as the guest's side of each is walked too. */
function answer({ name, args }: HostCall): HostCallResult {
  if (JSON.stringify(args).includes('refused')) {
    return { ok: false, error: { code: 'PERMISSION_DENIED', message: 'no', details: { a: [1] } } }
  }
  const headers: [string, string][] = [['a', '1']]
  if (name === 'fetch')
    return { ok: true, value: { status: 200, statusText: 'OK', url: 'https://a/', headers, body: '{}' } }
  return { ok: true, value: { items: [{ id: 'x', a: 1 }], value: { b: 1 }, rev: 1 } }
}

async function surveyBare(): Promise<{ bare: Survey; leaky: Look }> {
  const program = join(import.meta.dirname, 'reachable', 'bare-survey.ts')
  const options = { maxBuffer: 64 * 1024 * 1024, timeout: 60_000, killSignal: 'SIGKILL' } as const
  const { stdout } = await promisify(execFile)(process.execPath, [program], options)
  return JSON.parse(stdout)
}

function countsOf({ objects, functions, constructors, calls }: Survey): string {
  return `${objects} objects, ${functions} functions (${constructors} constructors), ${calls} calls with source text`
}
