/** Runs inside a guest: gives source text to every function there is, in every way to call one, and looks for its effect. */
import type { Problem } from './judge.ts'
import { isObject, type Walk } from './walk.ts'

export interface CodeAttempts {
  readonly counts: { calls: number; constructors: number }
  readonly problems: Problem[]
  /** Promises that calls gave back. */
  readonly pending: Promise<unknown>[]
  /** Tries every function that was found since the last time. */
  tryAll(): void
}

/** Set by the text, should anything ever run it; the answer of the text beside it. */
const MARKER = 'annexRan'
const ANSWER = 42
const PROGRAM = `globalThis.${MARKER} = true; 6 * 7`
const BODY = `globalThis.${MARKER} = true; return 6 * 7`
/** With an effect while parameters get their defaults, and closed again for `(function (…) {…})`. */
const PARAMETER = `a = (globalThis.${MARKER} = true)`
const CLOSING = `}), globalThis.${MARKER} = true, (() => {`
const URL_OF_CODE = `javascript:globalThis.${MARKER}=true`

const ARGUMENTS: unknown[][] = [
  [],
  // No text: this asks for memory that can grow.
  [8, { maxByteLength: 16 }],
  [BODY],
  [PROGRAM],
  [PARAMETER, BODY],
  [CLOSING],
  [URL_OF_CODE],
  [{ toString: () => BODY }],
  [[PROGRAM]],
  [() => BODY, PROGRAM],
]

export function createCodeAttempts(walk: Walk): CodeAttempts {
  const counts = { calls: 0, constructors: 0 }
  const problems: Problem[] = []
  const pending: Promise<unknown>[] = []
  const tried = new Set<object>()
  // Whatever a timer cannot call ends the run, as an error that nobody catches: its text has a test of its own.
  const timer: unknown = Reflect.get(globalThis, 'setTimeout')

  function tryAll(): void {
    const functions = [...walk.found].filter(isFunctionEntry).filter(([given]) => given !== timer && !tried.has(given))
    const constructors = functions.filter(([made]) => isConstructor(made))
    counts.constructors += constructors.length
    for (const [given, path] of functions) {
      tried.add(given)
      for (const values of ARGUMENTS)
        for (const [way, work] of waysToCall(given, values)) attempt(`${way} ${path}`, work)
    }
    for (const [made, path] of constructors) {
      for (const [target, name] of constructors) {
        attempt(`new ${path} for ${name}`, () => Reflect.construct(made, [BODY], target))
      }
    }
  }

  function attempt(path: string, work: () => unknown): void {
    counts.calls++
    let outcome: unknown
    try {
      outcome = work()
      walk.addSample(outcome, path)
      if (typeof outcome === 'function' && outcome() === ANSWER) problems.push(codeAt(path))
      else if (isIterator(outcome)) outcome.next()
    } catch (error) {
      walk.addSample(error, `${path} (thrown)`)
    }
    if (outcome instanceof Promise) pending.push(settled(walk, outcome, path))
    if (ranText()) problems.push(codeAt(path))
  }

  return { counts, problems, pending, tryAll }
}

function waysToCall(given: Callable, values: unknown[]): [string, () => unknown][] {
  const { apply, construct } = Reflect
  const { apply: applied, bind } = Function.prototype
  return [
    ['call', () => apply(given, undefined, values)],
    ['call on an object', () => apply(given, {}, values)],
    ['call on a function', () => apply(given, () => {}, values)],
    ['call on a text', () => apply(given, PROGRAM, values)],
    ['new', () => construct(given, values)],
    ['bind', () => apply(apply(bind, given, [null, ...values]), null, [])],
    ['apply', () => apply(applied, given, [null, values])],
    ['proxy', () => apply(new Proxy(given, {}), null, values)],
  ]
}

/** Whether the text ran since the last question. */
export function ranText(): boolean {
  return Object.hasOwn(globalThis, MARKER) && Reflect.deleteProperty(globalThis, MARKER)
}

export function codeAt(path: string): Problem {
  return { kind: 'code-from-text', path }
}

async function settled(walk: Walk, promise: Promise<unknown>, path: string): Promise<void> {
  try {
    walk.addSample(await promise, `await ${path}`)
  } catch (error) {
    walk.addSample(error, `await ${path} (thrown)`)
  }
}

type Callable = (...values: never[]) => unknown

function isFunctionEntry(entry: [object, string]): entry is [Callable, string] {
  return typeof entry[0] === 'function'
}

function isConstructor(value: object): boolean {
  try {
    Reflect.construct(Object, [], value as Callable)
    return true
  } catch {
    return false
  }
}

function isIterator(value: unknown): value is Iterator<unknown> {
  return isObject(value) && 'next' in value && typeof value.next === 'function'
}
