/** `URL` over two operations of the child's own Node: conforming by construction. */
import { URL_PARTS, type UrlPart, type UrlParts } from '../../url-parts.ts'
import { native } from '../native.ts'
import { needArguments, usvString } from './convert.ts'
import { once } from './once.ts'
import { parseQuery, queryOf, type URLSearchParams, urlSearchParams } from './url-search-params.ts'

export const urlClass = once(() => {
  let partOf!: (url: URL, part: UrlPart) => string
  let change!: (url: URL, part: UrlPart, value: unknown) => void
  class URL {
    declare readonly href: string
    declare readonly username: string
    declare readonly password: string
    #parts: UrlParts
    #params: URLSearchParams | undefined
    static {
      partOf = (url, part) => url.#parts[part]
      change = (url, part, value) => {
        url.#parts = changed(url.#parts, part, usvString(value))
        if (part === 'search' || part === 'href') url.#readParams()
      }
    }
    constructor(...args: unknown[]) {
      needArguments(args, 1, 'URL')
      const [input, base] = args
      const parts = parse(input, base)
      if (!parts) throw invalid(input, base)
      this.#parts = parts
    }
    static canParse(...args: unknown[]): boolean {
      needArguments(args, 1, 'URL.canParse')
      return parse(args[0], args[1]) !== undefined
    }
    static parse(...args: unknown[]): URL | null {
      needArguments(args, 1, 'URL.parse')
      return parse(args[0], args[1]) ? new URL(...args) : null
    }
    get searchParams(): URLSearchParams {
      if (this.#params) return this.#params
      const { URLSearchParams, inside } = urlSearchParams()
      const params = new URLSearchParams()
      this.#params = params
      this.#readParams()
      inside(params).changed = () => {
        this.#parts = changed(this.#parts, 'search', queryOf(inside(params).pairs))
      }
      return params
    }
    toString(): string {
      return this.#parts.href
    }
    toJSON(): string {
      return this.#parts.href
    }
    get [Symbol.toStringTag](): string {
      return 'URL'
    }
    #readParams(): void {
      if (this.#params) urlSearchParams().inside(this.#params).pairs = parseQuery(this.#parts.search)
    }
  }
  for (const part of URL_PARTS) Object.defineProperty(URL.prototype, part, accessor(part))
  return URL

  function accessor(part: UrlPart): PropertyDescriptor {
    const get = function (this: URL) {
      return partOf(this, part)
    }
    const set = function (this: URL, value: unknown) {
      change(this, part, value)
    }
    return { get, ...(part !== 'origin' && { set }), enumerable: true, configurable: true }
  }
})

function parse(input: unknown, base: unknown): UrlParts | undefined {
  const request = base === undefined ? [usvString(input)] : [usvString(input), usvString(base)]
  const answer = native('url', JSON.stringify(request))
  return answer === '' ? undefined : JSON.parse(answer)
}

function changed({ href }: UrlParts, part: UrlPart, value: string): UrlParts {
  const answer = native('change', JSON.stringify([href, part, value]))
  if (answer === '') throw invalid(value)
  return JSON.parse(answer)
}

function invalid(input: unknown, base?: unknown): TypeError {
  const details = {
    code: 'ERR_INVALID_URL',
    input: usvString(input),
    ...(base !== undefined && { base: usvString(base) }),
  }
  return Object.assign(new TypeError('Invalid URL'), details)
}
