import { byteString, callable, isObject, needArguments, pairsOf } from './convert.ts'
import { once } from './once.ts'

/** A name as it was given and what it stands for. `set-cookie` alone keeps its values apart (Fetch, "header list"). */
interface Inside {
  values: Map<string, string>
  cookies: string[]
  immutable: boolean
  /** What a walk over them goes through; built again after a change. */
  sorted?: [string, string][] | undefined
}

export const headersClass = once(() => {
  let inside!: (headers: Headers) => Inside
  class Headers {
    readonly #inside: Inside = { values: new Map(), cookies: [], immutable: false }
    static {
      inside = (headers) => headers.#inside
    }
    constructor(init?: unknown) {
      if (init === undefined) return
      if (!isObject(init)) throw new TypeError('Headers takes pairs or an object')
      for (const [name, value] of pairsOf(init, 'Headers')) add(this.#inside, nameOf(name), fieldOf(value))
    }
    append(...args: unknown[]): void {
      const own = this.#inside
      needArguments(args, 2, 'append')
      const [name, value] = [nameOf(args[0]), fieldOf(args[1])]
      add(changeable(own), name, value)
    }
    set(...args: unknown[]): void {
      const own = this.#inside
      needArguments(args, 2, 'set')
      const [name, value] = [nameOf(args[0]), fieldOf(args[1])]
      changeable(own).values.set(name, value)
      if (name === SET_COOKIE) own.cookies = [value]
    }
    get(...args: unknown[]): string | null {
      const own = this.#inside
      needArguments(args, 1, 'get')
      const name = nameOf(args[0])
      return (name === SET_COOKIE && own.cookies.length > 0 ? own.cookies.join(', ') : own.values.get(name)) ?? null
    }
    has(...args: unknown[]): boolean {
      const own = this.#inside
      needArguments(args, 1, 'has')
      return own.values.has(nameOf(args[0]))
    }
    delete(...args: unknown[]): void {
      const own = this.#inside
      needArguments(args, 1, 'delete')
      const name = nameOf(args[0])
      changeable(own).values.delete(name)
      if (name === SET_COOKIE) own.cookies = []
    }
    getSetCookie(): string[] {
      return [...this.#inside.cookies]
    }
    forEach(visit: unknown, owner?: unknown): void {
      const own = this.#inside
      const call = callable(visit, 'forEach')
      for (const [name, value] of walk(own, (pair) => pair)) call.call(owner, value, name, this)
    }
    entries(): IterableIterator<[string, string]> {
      return walk(this.#inside, ([name, value]) => [name, value])
    }
    keys(): IterableIterator<string> {
      return walk(this.#inside, ([name]) => name)
    }
    values(): IterableIterator<string> {
      return walk(this.#inside, ([, value]) => value)
    }
    get [Symbol.toStringTag](): string {
      return 'Headers'
    }
    declare [Symbol.iterator]: () => IterableIterator<[string, string]>
  }
  const { prototype } = Headers
  Object.defineProperty(prototype, Symbol.iterator, { value: prototype.entries, writable: true, configurable: true })
  return { Headers, inside }
})

export type Headers = InstanceType<ReturnType<typeof headersClass>['Headers']>

export function createHeaders(init?: unknown): Headers {
  return new (headersClass().Headers)(init)
}

/** Such as an answer has that came from outside. */
export function makeImmutable(headers: Headers): Headers {
  headersClass().inside(headers).immutable = true
  return headers
}

const SET_COOKIE = 'set-cookie'

function add(own: Inside, name: string, value: string): void {
  own.sorted = undefined
  if (name === SET_COOKIE) own.cookies.push(value)
  const before = own.values.get(name)
  const glue = name === 'cookie' ? '; ' : ', '
  own.values.set(name, before === undefined ? value : `${before}${glue}${value}`)
}

function changeable(own: Inside): Inside {
  if (own.immutable) throw new TypeError('These headers cannot be changed')
  own.sorted = undefined
  return own
}

/** RFC 9110 section 5.1: a field name is a token. */
function nameOf(name: unknown): string {
  const text = byteString(name, 'A header name')
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) throw new TypeError(`Invalid header name: ${text.slice(0, 100)}`)
  return text.toLowerCase()
}

function fieldOf(value: unknown): string {
  const text = trimmed(byteString(value, 'A header value'))
  if (/[\0\n\r]/.test(text)) throw new TypeError('Invalid header value')
  return text
}

/** Without HTTP white space at its ends; a pattern for the end would look at a long run of it again and again. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isSpace(code: number): boolean {
  return code === 9 || code === 10 || code === 13 || code === 32
}

/** Live, sorted by name: what changes while it goes is seen, by its place. */
function* walk<T>(own: Inside, shape: (pair: [string, string]) => T): IterableIterator<T> {
  for (let i = 0; ; i++) {
    own.sorted ??= sorted(own)
    const pair = own.sorted[i]
    if (!pair) return
    yield shape(pair)
  }
}

function sorted({ values, cookies }: Inside): [string, string][] {
  const names = [...values.keys()].sort()
  return names.flatMap((name): [string, string][] =>
    name === SET_COOKIE ? cookies.map((cookie) => [name, cookie]) : [[name, values.get(name) as string]],
  )
}
