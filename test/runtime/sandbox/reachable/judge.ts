/** Runs inside a guest: says what an object is that has no business there. */
import { keysOf, propertyOf, prototypeOf } from './walk.ts'

export type ProblemKind =
  | 'host-class'
  | 'other-realm'
  | 'code-from-text'
  | 'shared-memory'
  | 'resizable-memory'
  | 'host-code'

export interface Problem {
  kind: ProblemKind
  path: string
}

/** Classes of isolated-vm and of Node, and methods that only theirs have. */
const HOST_NAMES =
  /^(Reference|Callback|ExternalCopy|Dereference|Isolate|Context|Script|Module|NativeModule|InspectorSession|Transferable|Buffer|EventEmitter|Socket|process|require)$/
const HOST_METHODS =
  /^(apply(Sync|Ignored|SyncPromise)|derefInto|copy(Into|Sync)|(create|run|eval|compile|instantiate)\w*Sync|binding|dlopen|mainModule)$/
const SHARED_NAMES = /^(SharedArrayBuffer|Atomics|WebAssembly(\.\w+)?)$/
const RESIZING_NAMES =
  /^(resize|resizable|grow|growable|maxByteLength|transfer|transferToFixedLength|transferToImmutable|toResizableBuffer)$/
const HOST_TEXT = /\brequire\s*\(|\bprocess\.|\bnode:|isolated.?vm/i

export function judge(object: object, path: string): Problem[] {
  const kinds = new Set<ProblemKind>()
  if (isForeign(object)) kinds.add('other-realm')
  if (canGrow(object)) kinds.add('resizable-memory')
  for (const name of namesOf(object)) {
    if (HOST_NAMES.test(name)) kinds.add('host-class')
    if (SHARED_NAMES.test(name)) kinds.add('shared-memory')
  }
  for (const key of keysOf(object)) {
    if (HOST_METHODS.test(String(key))) kinds.add('host-class')
    if (RESIZING_NAMES.test(String(key)) && isCode(object, key)) kinds.add('resizable-memory')
    if (SHARED_NAMES.test(String(key))) kinds.add('shared-memory')
  }
  if (typeof object === 'function' && HOST_TEXT.test(Function.prototype.toString.call(object))) kinds.add('host-code')
  return [...kinds].map((kind) => ({ kind, path }))
}

/** A method or an accessor, and no plain value that bears the name. */
function isCode(object: object, key: PropertyKey): boolean {
  const property = propertyOf(object, key)
  return property?.get !== undefined || typeof property?.value === 'function'
}

/** ECMA-262 TypedArray [[PreventExtensions]]: refused for a view whose length follows that of its buffer. */
function canGrow(object: object): boolean {
  try {
    return object instanceof ArrayBuffer && !Reflect.preventExtensions(new Uint8Array(object))
  } catch {
    return false
  }
}

/** What it calls itself, and what its class does. */
function namesOf(object: object): string[] {
  const owner = prototypeOf(object)
  const maker = owner && propertyOf(owner, 'constructor')?.value
  const names = [
    propertyOf(object, 'name')?.value,
    typeof maker === 'function' && propertyOf(maker, 'name')?.value,
    propertyOf(object, Symbol.toStringTag)?.value,
    owner && propertyOf(owner, Symbol.toStringTag)?.value,
  ]
  return names.filter((name) => typeof name === 'string')
}

/** Its chain of prototypes must end in this realm's `Object.prototype`, or in null without passing another's. */
function isForeign(object: object): boolean {
  let root = object
  let passesFunction = false
  for (let next = prototypeOf(root); next; next = prototypeOf(root)) {
    root = next
    if (root === Function.prototype) passesFunction = true
  }
  if (root !== Object.prototype && propertyOf(root, 'hasOwnProperty')) return true
  if (typeof object !== 'function') return false
  const isStranded = prototypeOf(object) === null || object === Function.prototype
  return (!passesFunction && !isStranded) || isOfForeignRealm(object)
}

/**
 * ECMA-262 GetPrototypeFromConstructor: where `new.target` has no `prototype` of its own the realm of the function
 * decides, and a bound function without a prototype has none.
 */
function isOfForeignRealm(object: object): boolean {
  try {
    const target = Reflect.apply(Function.prototype.bind, object, [])
    Reflect.setPrototypeOf(target, null)
    return prototypeOf(Reflect.construct(Date, [], target)) !== Date.prototype
  } catch {
    return false
  }
}
