/**
 * The first code in every guest context. It hardens the globals, installs the web's basics, and leaves one function,
 * `entry`, that the host alone holds: every slice of guest code, also after an `await`, is one timed call of it.
 */
import { deliver, resetUse, setCallLimits } from './bridge.ts'
import { abortContext, createContext } from './context.ts'
import { describe } from './describe.ts'
import { harden } from './harden.ts'
import { drain, jsonOf, OutputTooLarge, say, sayError, sayFinal } from './outbox.ts'
import { apply, deleteProperty, hasOwn, iteratorOf, parse, whenSettled } from './primordials.ts'
import { installWeb } from './web/install.ts'

const native = (globalThis as unknown as { annexNative: (operation: string, text: string) => string }).annexNative
deleteProperty(globalThis, 'annexNative')
harden()
installWeb(native)

let pages: AsyncIterator<unknown> | undefined

/** `drain` returns what the guest has said; the others return nothing and never throw. */
export function entry(kind: 'start' | 'deliver' | 'pull' | 'abort' | 'drain', json: string): string {
  if (kind === 'drain') return drain()
  try {
    if (kind === 'start') start(json)
    else if (kind === 'deliver') deliver(json)
    else if (kind === 'pull') pull()
    else abortContext()
  } catch (error) {
    sayError(error)
  }
  return ''
}

function start(json: string): void {
  const input = parse(json)
  setCallLimits(input.limits)
  const definition = definitionOf()
  if (input.handler[0] === '$describe') return finish(describe(definition), true)
  const owner = ownerOf(definition, input.handler)
  const handler = owner[input.handler[input.handler.length - 1]]
  if (typeof handler !== 'function') throw new TypeError(`The extension has no handler ${input.handler.join('.')}`)
  const result = apply(handler, owner, [createContext(input), ...input.args])
  pages = iteratorOf(result)
  if (pages) return pull(true)
  whenSettled(result, (value) => finish(value, true), sayError)
}

function definitionOf(): Record<string, unknown> {
  const bundle = (globalThis as unknown as { annexExtension?: { default?: unknown } }).annexExtension
  const definition = bundle?.default ?? bundle
  if (typeof definition !== 'object' || definition === null) {
    throw new TypeError('The entry script exports no definition: use `export default defineConnector({ … })`')
  }
  return definition as Record<string, unknown>
}

function ownerOf(definition: Record<string, unknown>, handler: string[]): Record<string, unknown> {
  let owner: unknown = definition
  for (let i = 0; i < handler.length - 1; i++) {
    const name = handler[i] as string
    owner = hasOwn(owner as object, name) ? (owner as Record<string, unknown>)[name] : undefined
    if (typeof owner !== 'object' || owner === null) throw new TypeError(`The extension has no ${handler.join('.')}`)
  }
  return owner as Record<string, unknown>
}

function pull(first = false): void {
  if (!first) resetUse()
  const iterator = pages as AsyncIterator<unknown>
  whenSettled(iterator.next(), (step) => page(step as IteratorResult<unknown>), sayError)
}

function page(step: IteratorResult<unknown>): void {
  if (step.done) finish(null, true)
  else finish(step.value, false)
}

function finish(value: unknown, done: boolean): void {
  try {
    const message = `{"k":"result","done":${done},"value":${jsonOf(value)}}`
    if (done) sayFinal(message)
    else say(message)
  } catch (error) {
    sayError(error instanceof OutputTooLarge ? new RangeError(`The result is too large: ${error.message}`) : error)
  }
}
