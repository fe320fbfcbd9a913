/**
 * The first code in every guest context. It hardens the globals, installs the web's basics, and leaves one function,
 * `entry`, that the host alone holds: every slice of guest code, also after an `await`, is one timed call of it.
 */
import { deliver, resetUse, setCallLimits } from './bridge.ts'
import { installClock, wakeClock } from './clock.ts'
import { abortContext, createContext } from './context.ts'
import { describe } from './describe.ts'
import { harden } from './harden.ts'
import { drain, jsonOf, say, sayError, sayFinal, TOO_LARGE } from './outbox.ts'
import { hideOwnFrames } from './own-frames.ts'
import { apply, hasOwn, iteratorOf, parse, RangeErrorClass, TypeErrorClass, whenSettled } from './primordials.ts'
import { installRandom } from './random.ts'
import { installWeb } from './web/install.ts'

harden()
hideOwnFrames()
installClock()
installRandom()
installWeb()

let pages: AsyncIterator<unknown> | undefined

/** `drain` returns what the guest has said; the others return nothing and never throw. */
export function entry(kind: 'start' | 'deliver' | 'pull' | 'abort' | 'drain', json: string): string {
  if (kind === 'drain') return drain()
  wakeClock()
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
  const name = input.handler[input.handler.length - 1]
  const handler = hasOwn(owner, name) ? owner[name] : undefined
  if (typeof handler !== 'function') throw new TypeErrorClass(`The extension has no handler ${input.handler.join('.')}`)
  const result = apply(handler, owner, [createContext(input), ...input.args])
  pages = iteratorOf(result)
  if (pages) return pull(true)
  whenSettled(result, (value) => finish(value, true), sayError)
}

function definitionOf(): Record<string, unknown> {
  const bundle = (globalThis as unknown as { annexExtension?: { default?: unknown } }).annexExtension
  const definition = bundle?.default ?? bundle
  if (typeof definition !== 'object' || definition === null) {
    throw new TypeErrorClass('The entry script exports no definition: use `export default defineConnector({ … })`')
  }
  return definition as Record<string, unknown>
}

function ownerOf(definition: Record<string, unknown>, handler: string[]): Record<string, unknown> {
  let owner: unknown = definition
  for (let i = 0; i < handler.length - 1; i++) {
    const name = handler[i] as string
    owner = hasOwn(owner as object, name) ? (owner as Record<string, unknown>)[name] : undefined
    if (typeof owner !== 'object' || owner === null)
      throw new TypeErrorClass(`The extension has no ${handler.join('.')}`)
  }
  return owner as Record<string, unknown>
}

function pull(first = false): void {
  if (!first) resetUse()
  const iterator = pages as AsyncIterator<unknown>
  whenSettled(iterator.next(), (step) => page(step as IteratorResult<unknown>), sayError)
}

/** A step is the guest's object: looking at it may throw. */
function page(step: IteratorResult<unknown>): void {
  try {
    if (step.done) finish(null, true)
    else finish(step.value, false)
  } catch (error) {
    sayError(error)
  }
}

function finish(value: unknown, done: boolean): void {
  try {
    const message = `{"k":"result","done":${done},"value":${jsonOf(value)}}`
    const said = done ? sayFinal(message) : say(message)
    if (!said) sayError(new RangeErrorClass(`The result is too large: ${TOO_LARGE}`))
  } catch (error) {
    sayError(error)
  }
}
