/** Runs inside a guest: uses all of its API once, well and badly, and hands on what comes back and what is thrown. */
type Callable = (...values: unknown[]) => unknown
type Add = (value: unknown, path: string) => void

/** What each function of `ctx` and each class of the web is given, beside nothing at all. */
const GIVEN: Record<string, unknown[][]> = {
  fetch: [
    ['https://api.example/x', { method: 'post', headers: { A: '1' }, body: 'x' }],
    ['https://api.example/refused'],
  ],
  list: [[{ limit: 1 }], [{ filter: {} }]],
  get: [['x'], ['refused']],
  set: [
    ['x', { a: 1 }],
    ['refused', 1],
  ],
  update: [['x', { a: 1 }, { ifRev: 1 }]],
  create: [[{ a: 1 }]],
  URL: [['https://a.example/b?c=d'], ['nonsense']],
  URLSearchParams: [['a=1&b=2'], [{ a: '1' }], [[['a', '1']]]],
  Headers: [[{ A: '1' }], [{ 'a b': '1' }]],
  Response: [
    ['{}', { status: 200, headers: [['a', '1']] }],
    ['x', { status: 204 }],
  ],
  Request: [['https://a.example/', { method: 'post', body: 'x' }], ['nonsense']],
  DOMException: [['m', 'AbortError']],
  Event: [['abort', { cancelable: true }]],
  structuredClone: [[{ a: [1, new Date(0), new Map([[1, new Uint8Array(2)]])] }], [() => 1]],
  setInterval: [[() => {}, 1]],
  digest: [['SHA-256', new Uint8Array(3)]],
  importKey: [['raw', new Uint8Array(3), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']]],
  generateKey: [[{ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']]],
  any: [[[]]],
  timeout: [[1]],
  AnnexError: [['TIMEOUT', 'late', { retryAfter: 1 }]],
  atob: [['aGk='], ['%']],
  btoa: [['hi'], ['€']],
}

export async function exerciseApi(ctx: object, add: Add): Promise<void> {
  const names = ['URL', 'URLSearchParams', 'Headers', 'Response', 'AbortController', 'AbortSignal', 'TextEncoder']
  const more = ['Request', 'DOMException', 'Event', 'EventTarget', 'structuredClone', 'setInterval', 'clearInterval']
  names.push(...more, 'TextDecoder', 'AnnexError', 'atob', 'btoa', 'crypto', 'console', 'queueMicrotask')
  for (const name of names) {
    const value: unknown = Reflect.get(globalThis, name)
    await exerciseValue(value, name, add, 2)
    for (const values of GIVEN[name] ?? [[]]) await exerciseInstance(value, values, name, add)
  }
  await exerciseValue(ctx, 'ctx', add, 4)
}

async function exerciseInstance(value: unknown, values: unknown[], name: string, add: Add): Promise<void> {
  if (typeof value !== 'function') return
  await attempt(`new ${name}`, add, async () => {
    const made: object = Reflect.construct(value, values)
    add(made, `new ${name}`)
    await exerciseValue(made, `new ${name}`, add, 2)
    const owner = Reflect.getPrototypeOf(made) ?? {}
    for (const key of Reflect.ownKeys(owner)) await exerciseMember(made, key, `new ${name}.${String(key)}`, add, 1)
  })
}

async function exerciseValue(value: unknown, path: string, add: Add, depth: number): Promise<void> {
  if (depth === 0 || value === null || (typeof value !== 'object' && typeof value !== 'function')) return
  add(value, path)
  for (const key of Reflect.ownKeys(value)) await exerciseMember(value, key, `${path}.${String(key)}`, add, depth)
}

async function exerciseMember(owner: object, key: PropertyKey, path: string, add: Add, depth: number): Promise<void> {
  if (key === 'constructor' || key === 'prototype') return
  await attempt(path, add, async () => {
    const member: unknown = Reflect.get(owner, key)
    if (typeof member !== 'function') return exerciseValue(member, path, add, depth - 1)
    for (const values of [...(GIVEN[String(key)] ?? []), [], ['a', 'b'], [badArgument()]]) {
      await attempt(`${path}()`, add, async () => add(await (member as Callable).apply(owner, values), `${path}()`))
    }
  })
}

async function attempt(path: string, add: Add, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    add(error, `${path} (thrown)`)
  }
}

/** Throws whichever way it is looked at: the error passes through the prelude. */
function badArgument(): object {
  const fail = () => {
    throw new Error('odd')
  }
  return {
    toString: fail,
    toJSON: fail,
    get x() {
      return fail()
    },
  }
}
