/**
 * Runs inside a guest: collects what passes through the language's own functions, and through hooks that it calls, while
 * the guest's API is at work. Whatever the prelude lets a patched function see, an attacker sees.
 */
import { isObject, keysOf, propertyOf } from './walk.ts'

const { apply, construct, defineProperty } = Reflect
const addTo = Set.prototype.add

/** Patches everything, runs `work`, puts everything back, and answers what was seen with the name of the trap. */
export async function collectTrapped(work: () => Promise<void>): Promise<Map<object, string>> {
  const seen = new Map<object, string>()
  const set = Map.prototype.set
  let watching = false
  const note = (value: unknown, path: string) => {
    if (watching && isObject(value)) apply(set, seen, [value, path])
  }
  const undo = [...trapFunctions(note), ...trapHooks(note)]
  watching = true
  try {
    await work()
  } finally {
    watching = false
    // By index: the iterators are patched too.
    for (let i = undo.length - 1; i >= 0; i--) (undo[i] as () => void)()
  }
  return seen
}

type Note = (value: unknown, path: string) => void

/** `Reflect` stays: the traps themselves stand on it. */
function holders(): [string, object][] {
  const names = keysOf(globalThis).filter((name) => typeof name === 'string' && /^[A-Z]/.test(name))
  const known = names.filter((name) => !['Reflect', 'Proxy', 'Function', 'Temporal'].includes(String(name)))
  const globals = known.map((name): [string, unknown] => [String(name), Reflect.get(globalThis, name)])
  const prototypes = globals.map(([name, value]): [string, unknown] => [
    `${name}.prototype`,
    isObject(value) ? Reflect.get(value, 'prototype') : undefined,
  ])
  const all = [...globals, ...prototypes, ...iteratorPrototypes(), ['Function.prototype', Function.prototype]]
  return all.filter((entry): entry is [string, object] => isObject(entry[1]))
}

function iteratorPrototypes(): [string, unknown][] {
  const samples = { array: [].values(), map: new Map().values(), set: new Set().values(), text: ''[Symbol.iterator]() }
  return Object.entries(samples).map(([name, sample]) => [`${name} iterator`, Reflect.getPrototypeOf(sample)])
}

function trapFunctions(note: Note): (() => void)[] {
  const undo: (() => void)[] = []
  const done = new Set<object>()
  for (const [name, holder] of holders()) {
    if (done.has(holder)) continue
    apply(addTo, done, [holder])
    for (const key of keysOf(holder)) {
      const property = propertyOf(holder, key)
      if (typeof property?.value !== 'function' || !property.configurable || key === 'constructor') continue
      const original = property.value
      defineProperty(holder, key, { ...property, value: trap(original, `${name}.${String(key)}`, note) })
      undo.push(() => defineProperty(holder, key, property))
    }
  }
  return undo
}

function trap(original: (...values: never[]) => unknown, path: string, note: Note): object {
  return function (this: unknown, ...values: never[]): unknown {
    note(this, `this of ${path}`)
    for (let i = 0; i < values.length; i++) note(values[i], `argument of ${path}`)
    const result: unknown = new.target ? construct(original, values, new.target) : apply(original, this, values)
    note(result, `result of ${path}`)
    return result
  }
}

/** What the language itself looks up: stack frames, species, `instanceof`, thenables, setters of missing fields. */
function trapHooks(note: Note): (() => void)[] {
  const hooks: [object, PropertyKey, PropertyDescriptor][] = [
    [Error, 'prepareStackTrace', { value: (error: unknown, sites: object[]) => noteFrames(note, error, sites) }],
    [Error, Symbol.hasInstance, { value: hook(note, 'Symbol.hasInstance', false) }],
    [Promise, Symbol.species, { get: hook(note, 'Symbol.species', Promise) }],
  ]
  for (const name of ['then', 'toJSON', 'done', 'code', 'details', 'retryAfter', 'method', 'headers', 'body']) {
    const set = hook(note, `setter of ${name}`, undefined)
    hooks.push([Object.prototype, name, { get: hook(note, `getter of ${name}`, undefined), set }])
  }
  return hooks.map(([owner, key, property]) => {
    const before = propertyOf(owner, key)
    defineProperty(owner, key, { ...property, configurable: true })
    return () => void (before ? defineProperty(owner, key, before) : Reflect.deleteProperty(owner, key))
  })
}

function hook<T>(note: Note, path: string, answer: T): (this: unknown, value?: unknown) => T {
  return function (this: unknown, value?: unknown): T {
    note(this, `this of ${path}`)
    note(value, `argument of ${path}`)
    return answer
  }
}

/** A frame of the stack tells its function and its `this`, unless the function is strict. */
function noteFrames(note: Note, error: unknown, sites: object[]): string {
  note(error, 'error of prepareStackTrace')
  for (let i = 0; i < sites.length; i++) {
    const site = sites[i] as Record<'getThis' | 'getFunction', (() => unknown) | undefined>
    note(site, 'frame')
    note(site.getThis?.(), 'getThis of a frame')
    note(site.getFunction?.(), 'getFunction of a frame')
  }
  return 'trapped'
}
