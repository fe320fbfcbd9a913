import { native } from '../native.ts'
import { callable, isObject, needArguments, pairsOf, usvString } from './convert.ts'
import { once } from './once.ts'

type Pair = [string, string]

/** What only `URL` may do with the parameters that it owns. */
interface Inside {
  pairs: Pair[]
  changed: () => void
}

export const urlSearchParams = once(() => {
  let inside!: (params: URLSearchParams) => Inside
  class URLSearchParams {
    readonly #inside: Inside
    static {
      inside = (params) => params.#inside
    }
    constructor(init: unknown = '') {
      this.#inside = { pairs: initialPairs(init), changed: () => {} }
    }
    get size(): number {
      return this.#inside.pairs.length
    }
    append(...args: unknown[]): void {
      const own = this.#inside
      needArguments(args, 2, 'append')
      own.pairs.push([usvString(args[0]), usvString(args[1])])
      own.changed()
    }
    set(...args: unknown[]): void {
      const own = this.#inside
      needArguments(args, 2, 'set')
      const [name, value] = [usvString(args[0]), usvString(args[1])]
      const at = own.pairs.findIndex(([key]) => key === name)
      if (at < 0) own.pairs.push([name, value])
      else {
        own.pairs = own.pairs.filter(([key], i) => i <= at || key !== name)
        own.pairs[at] = [name, value]
      }
      own.changed()
    }
    delete(...args: unknown[]): void {
      const own = this.#inside
      needArguments(args, 1, 'delete')
      const isMeant = matcher(args)
      own.pairs = own.pairs.filter((pair) => !isMeant(pair))
      own.changed()
    }
    get(...args: unknown[]): string | null {
      const { pairs } = this.#inside
      needArguments(args, 1, 'get')
      const name = usvString(args[0])
      return pairs.find(([key]) => key === name)?.[1] ?? null
    }
    getAll(...args: unknown[]): string[] {
      const { pairs } = this.#inside
      needArguments(args, 1, 'getAll')
      const name = usvString(args[0])
      return pairs.filter(([key]) => key === name).map(([, value]) => value)
    }
    has(...args: unknown[]): boolean {
      const { pairs } = this.#inside
      needArguments(args, 1, 'has')
      return pairs.some(matcher(args))
    }
    sort(): void {
      const own = this.#inside
      own.pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      own.changed()
    }
    forEach(visit: unknown, owner?: unknown): void {
      const own = this.#inside
      const call = callable(visit, 'forEach')
      for (let i = 0; i < own.pairs.length; i++) {
        const [name, value] = own.pairs[i] as Pair
        call.call(owner, value, name, this)
      }
    }
    entries(): IterableIterator<Pair> {
      return walk(this.#inside, ([name, value]) => [name, value])
    }
    keys(): IterableIterator<string> {
      return walk(this.#inside, ([name]) => name)
    }
    values(): IterableIterator<string> {
      return walk(this.#inside, ([, value]) => value)
    }
    toString(): string {
      return queryOf(this.#inside.pairs)
    }
    get [Symbol.toStringTag](): string {
      return 'URLSearchParams'
    }
    declare [Symbol.iterator]: () => IterableIterator<Pair>
  }
  const { prototype } = URLSearchParams
  Object.defineProperty(prototype, Symbol.iterator, { value: prototype.entries, writable: true, configurable: true })
  return { URLSearchParams, inside }
})

export type URLSearchParams = InstanceType<ReturnType<typeof urlSearchParams>['URLSearchParams']>

/** The pairs of a query as an address has it. */
export function parseQuery(text: string): Pair[] {
  const answer = native('pairs', text.toWellFormed())
  if (answer === '') throw new RangeError('The query is too long')
  return JSON.parse(answer)
}

export function queryOf(pairs: readonly Pair[]): string {
  if (pairs.length === 0) return ''
  const answer = native('query', JSON.stringify(pairs))
  if (answer === '') throw new RangeError('The query is too long')
  return answer.slice(1)
}

function initialPairs(init: unknown): Pair[] {
  if (!isObject(init)) return parseQuery(usvString(init))
  const pairs = new Map<string, Pair>()
  const list: Pair[] = []
  const isRecord = !(Symbol.iterator in init) || (init as Partial<Iterable<unknown>>)[Symbol.iterator] == null
  for (const [name, value] of pairsOf(init, 'URLSearchParams')) {
    const pair: Pair = [usvString(name), usvString(value)]
    // Two keys of a record may be the same once they are well-formed: the last one counts, in the place of the first.
    const before = isRecord ? pairs.get(pair[0]) : undefined
    if (before) before[1] = pair[1]
    else list.push(pair)
    pairs.set(pair[0], pair)
  }
  return list
}

function matcher([name, value]: unknown[]): (pair: Pair) => boolean {
  const key = usvString(name)
  if (value === undefined) return (pair) => pair[0] === key
  const text = usvString(value)
  return (pair) => pair[0] === key && pair[1] === text
}

/** Live: what changes while it goes is seen, by its place. */
function* walk<T>(own: Inside, shape: (pair: Pair) => T): IterableIterator<T> {
  for (let i = 0; i < own.pairs.length; i++) yield shape(own.pairs[i] as Pair)
}
