/**
 * `URL` and `URLSearchParams` over two operations of the host's own parser (`url`, `query`): conforming by construction.
 */
import { URL_PARTS, type UrlPart, type UrlParts } from '../../url-parts.ts'

type Native = (operation: string, text: string) => string

export function createUrlClasses(native: Native) {
  const URLSearchParams = createSearchParams(native)
  return { URL: createUrl(native, URLSearchParams), URLSearchParams }
}

function createSearchParams(native: Native) {
  return class URLSearchParams {
    #pairs: [string, string][]
    #changed: (() => void) | undefined
    constructor(init: unknown = '', changed?: () => void) {
      this.#pairs = pairsOf(native, init)
      this.#changed = changed
    }
    get size(): number {
      return this.#pairs.length
    }
    append(name: unknown, value: unknown): void {
      this.#pairs.push([String(name), String(value)])
      this.#changed?.()
    }
    set(name: unknown, value: unknown): void {
      const at = this.#pairs.findIndex(([key]) => key === String(name))
      if (at < 0) return this.append(name, value)
      this.#pairs = this.#pairs.filter(([key], i) => i <= at || key !== String(name))
      this.#pairs[at] = [String(name), String(value)]
      this.#changed?.()
    }
    delete(name: unknown): void {
      this.#pairs = this.#pairs.filter(([key]) => key !== String(name))
      this.#changed?.()
    }
    get(name: unknown): string | null {
      return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null
    }
    getAll(name: unknown): string[] {
      return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value)
    }
    has(name: unknown): boolean {
      return this.#pairs.some(([key]) => key === String(name))
    }
    sort(): void {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      this.#changed?.()
    }
    forEach(visit: (value: string, name: string, params: URLSearchParams) => void): void {
      for (const [name, value] of this.#pairs) visit(value, name, this)
    }
    *entries(): IterableIterator<[string, string]> {
      for (const [name, value] of this.#pairs) yield [name, value]
    }
    *keys(): IterableIterator<string> {
      for (const [name] of this.#pairs) yield name
    }
    *values(): IterableIterator<string> {
      for (const [, value] of this.#pairs) yield value
    }
    [Symbol.iterator](): IterableIterator<[string, string]> {
      return this.entries()
    }
    toString(): string {
      return this.#pairs.length === 0 ? '' : native('query', JSON.stringify(this.#pairs))
    }
  }
}

function pairsOf(native: Native, init: unknown): [string, string][] {
  if (typeof init !== 'object' || init === null) return JSON.parse(native('pairs', String(init)))
  if (typeof (init as Iterable<unknown>)[Symbol.iterator] !== 'function') {
    return Object.entries(init).map(([name, value]) => [name, String(value)])
  }
  return [...(init as Iterable<[unknown, unknown]>)].map(([name, value]) => [String(name), String(value)])
}

type SearchParams = ReturnType<typeof createSearchParams>

function createUrl(native: Native, URLSearchParams: SearchParams) {
  const parse = (input: unknown, base?: unknown): UrlParts | undefined => {
    const request = base === undefined ? [String(input)] : [String(input), String(base)]
    const answer = native('url', JSON.stringify(request))
    return answer === '' ? undefined : JSON.parse(answer)
  }
  class URL {
    #parts: UrlParts
    #params: InstanceType<SearchParams> | undefined
    constructor(input: unknown, base?: unknown) {
      const parts = parse(input, base)
      if (!parts) throw Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: String(input) })
      this.#parts = parts
    }
    static canParse(input: unknown, base?: unknown): boolean {
      return parse(input, base) !== undefined
    }
    static parse(input: unknown, base?: unknown): URL | null {
      return URL.canParse(input, base) ? new URL(input, base) : null
    }
    get searchParams(): InstanceType<SearchParams> {
      this.#params ??= new URLSearchParams(this.#parts.search, () => this.change('search', String(this.#params)))
      return this.#params
    }
    toString(): string {
      return this.#parts.href
    }
    toJSON(): string {
      return this.#parts.href
    }
    static part(url: URL, part: UrlPart): string {
      return url.#parts[part]
    }
    change(part: UrlPart, value: string): void {
      this.#parts = JSON.parse(native('change', JSON.stringify([this.#parts.href, part, value])))
    }
  }

  const { change } = URL.prototype
  const partOf = URL.part
  Reflect.deleteProperty(URL, 'part')
  for (const part of URL_PARTS) {
    Object.defineProperty(URL.prototype, part, {
      get(this: URL) {
        return partOf(this, part)
      },
      ...(part !== 'origin' && {
        set(this: URL, value: unknown) {
          change.call(this, part, String(value))
        },
      }),
      enumerable: true,
      configurable: true,
    })
  }
  return URL
}
