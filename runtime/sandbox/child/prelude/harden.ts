import { construct, defineProperty, deleteProperty, getPrototypeOf } from './primordials.ts'

/**
 * Takes away what the heap limit does not count (WebAssembly, shared and resizable memory) and what makes code from text.
 * `Function` stays as a stub with the real prototype, as libraries such as lodash look at it.
 */
export function harden(): void {
  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'eval']) {
    deleteProperty(globalThis, name)
  }
  fixedLengthBuffers()
  noCodeFromText()
}

function fixedLengthBuffers(): void {
  const Original = ArrayBuffer
  const prototype = Original.prototype
  for (const name of ['resize', 'transfer', 'transferToFixedLength', 'resizable', 'maxByteLength']) {
    deleteProperty(prototype, name)
  }
  function FixedArrayBuffer(length: unknown) {
    if (!new.target) throw new TypeError("Constructor ArrayBuffer requires 'new'")
    return construct(Original, [length], new.target)
  }
  replaceConstructor('ArrayBuffer', FixedArrayBuffer, Original)
}

function noCodeFromText(): void {
  const samples = [() => {}, async () => {}, function* () {}, async function* () {}]
  for (const sample of samples) {
    const prototype = getPrototypeOf(sample) as object
    const stub = throwingConstructor()
    defineProperty(stub, 'prototype', { value: prototype, writable: false })
    defineProperty(prototype, 'constructor', { value: stub, writable: true, configurable: true })
    if (prototype !== Function.prototype) continue
    defineProperty(stub, 'name', { value: 'Function' })
    defineProperty(globalThis, 'Function', { value: stub, writable: true, configurable: true })
  }
}

/** A declaration and no arrow: `new` must work on it, and throw the same. */
function throwingConstructor(): object {
  return function CodeFromText() {
    throw new EvalError('Code generation from strings is disallowed')
  }
}

function replaceConstructor(
  name: string,
  replacement: object,
  original: { prototype: object; isView?: unknown },
): void {
  const symbol = Symbol.species
  defineProperty(replacement, 'name', { value: name })
  defineProperty(replacement, 'length', { value: 1 })
  defineProperty(replacement, 'prototype', { value: original.prototype, writable: false })
  defineProperty(replacement, 'isView', { value: original.isView, writable: true, configurable: true })
  defineProperty(replacement, symbol, {
    get(this: unknown) {
      return this
    },
    configurable: true,
  })
  defineProperty(original.prototype, 'constructor', { value: replacement, writable: true, configurable: true })
  defineProperty(globalThis, name, { value: replacement, writable: true, configurable: true, enumerable: false })
}
