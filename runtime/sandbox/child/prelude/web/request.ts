import { type AbortSignal, abortClasses } from './abort.ts'
import { BodyReader, type Content, contentOf } from './body.ts'
import { dictionary, needArguments, usvString } from './convert.ts'
import { createHeaders, type Headers } from './headers.ts'
import { once } from './once.ts'
import { urlClass } from './url.ts'

interface Inside {
  url: string
  method: string
  headers: Headers
  signal: AbortSignal
  body: BodyReader
}

const NORMALIZED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']
const FORBIDDEN = ['CONNECT', 'TRACE', 'TRACK']

export const requestClass = once(() => {
  let take!: (request: Request) => Content | undefined
  class Request {
    readonly #inside: Inside
    static {
      take = (request) => request.#inside.body.takeOver()
    }
    constructor(...args: unknown[]) {
      needArguments(args, 1, 'Request')
      const [input, options] = args
      const init = dictionary(options, 'Request')
      const from = input instanceof Request ? input.#inside : undefined
      const url = from?.url ?? addressOf(input)
      const method = init.method === undefined ? (from?.method ?? 'GET') : methodOf(init.method)
      const headers = createHeaders(init.headers ?? from?.headers)
      const body = bodyOf(init.body, from?.body, method)
      if (body.content?.type && !headers.has('content-type')) headers.append('content-type', body.content.type)
      this.#inside = { url, method, headers, body, signal: signalOf(init.signal, from?.signal) }
    }
    get url(): string {
      return this.#inside.url
    }
    get method(): string {
      return this.#inside.method
    }
    get headers(): Headers {
      return this.#inside.headers
    }
    get signal(): AbortSignal {
      return this.#inside.signal
    }
    get bodyUsed(): boolean {
      return this.#inside.body.used
    }
    clone(): Request {
      if (this.bodyUsed) throw new TypeError('The body has been read already')
      const copy = new Request(this.url, { method: this.method, headers: this.headers, signal: this.signal })
      copy.#inside.body = new BodyReader(this.#inside.body.content)
      return copy
    }
    async text(): Promise<string> {
      return this.#inside.body.text()
    }
    async json(): Promise<unknown> {
      return this.#inside.body.json()
    }
    async bytes(): Promise<Uint8Array<ArrayBuffer>> {
      return this.#inside.body.bytes()
    }
    async arrayBuffer(): Promise<ArrayBuffer> {
      return (await this.bytes()).buffer
    }
    get [Symbol.toStringTag](): string {
      return 'Request'
    }
  }
  return { Request, take }
})

export type Request = InstanceType<ReturnType<typeof requestClass>['Request']>

function addressOf(input: unknown): string {
  const url = new (urlClass())(usvString(input))
  if (url.username || url.password) throw new TypeError('An address with a name or password cannot be fetched')
  return url.href
}

function methodOf(value: unknown): string {
  const method = `${value}`
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) throw new TypeError(`'${method.slice(0, 100)}' is no method`)
  const upper = method.toUpperCase()
  if (FORBIDDEN.includes(upper)) throw new TypeError(`The method ${upper} is not allowed`)
  return NORMALIZED.includes(upper) ? upper : method
}

/** The body of another request is taken over: that one is read then. */
function bodyOf(given: unknown, from: BodyReader | undefined, method: string): BodyReader {
  const isGiven = given !== undefined && given !== null
  const content = isGiven ? contentOf(given) : from?.content
  if (content && (method === 'GET' || method === 'HEAD')) throw new TypeError(`A ${method} request has no body`)
  return new BodyReader(isGiven ? content : from?.takeOver())
}

function signalOf(given: unknown, from: AbortSignal | undefined): AbortSignal {
  const { AbortController, AbortSignal } = abortClasses()
  const source = given === undefined ? from : given
  if (source === undefined || source === null) return new AbortController().signal
  if (!(source instanceof AbortSignal)) throw new TypeError('The signal of a request is an AbortSignal')
  return AbortSignal.any([source])
}
