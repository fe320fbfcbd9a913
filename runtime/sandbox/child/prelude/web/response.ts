import type { FetchAnswer } from '@annex/sdk/host-api'
import { BodyReader, contentOf, receivedContent } from './body.ts'
import { byteString, dictionary } from './convert.ts'
import { createHeaders, type Headers, makeImmutable } from './headers.ts'
import { once } from './once.ts'
import { urlClass } from './url.ts'

interface Inside {
  type: 'default' | 'error' | 'basic'
  url: string
  redirected: boolean
  status: number
  statusText: string
  headers: Headers
  body: BodyReader
}

const NO_BODY = [101, 103, 204, 205, 304]
const REDIRECTS = [301, 302, 303, 307, 308]

export const responseClass = once(() => {
  let put!: (response: Response, inside: Inside) => void
  class Response {
    #inside: Inside
    static {
      put = (response, inside) => {
        response.#inside = inside
      }
    }
    constructor(body: unknown = null, init?: unknown) {
      const content = body === null || body === undefined ? undefined : contentOf(body)
      this.#inside = { type: 'default', url: '', redirected: false, ...statusOf(init), body: new BodyReader(content) }
      if (!content) return
      if (NO_BODY.includes(this.status)) throw new TypeError(`A response with status ${this.status} has no body`)
      if (content.type && !this.headers.has('content-type')) this.headers.append('content-type', content.type)
    }
    static json(data: unknown, init?: unknown): Response {
      const text = JSON.stringify(data)
      if (text === undefined) throw new TypeError('The value has no form in JSON')
      const response = new Response(null, init)
      if (NO_BODY.includes(response.status))
        throw new TypeError(`A response with status ${response.status} has no body`)
      if (!response.headers.has('content-type')) response.headers.append('content-type', 'application/json')
      put(response, { ...response.#inside, body: new BodyReader({ data: text.toWellFormed(), type: '' }) })
      return response
    }
    static error(): Response {
      const response = new Response()
      const headers = makeImmutable(createHeaders())
      put(response, { ...response.#inside, type: 'error', status: 0, headers })
      return response
    }
    static redirect(url: unknown, status: unknown = 302): Response {
      const { href } = new (urlClass())(url)
      if (!REDIRECTS.includes(Number(status))) throw new RangeError(`${status} is no status of a redirect`)
      const response = new Response(null, { status })
      response.headers.append('location', href)
      makeImmutable(response.headers)
      return response
    }
    get type(): string {
      return this.#inside.type
    }
    get url(): string {
      return this.#inside.url
    }
    get redirected(): boolean {
      return this.#inside.redirected
    }
    get status(): number {
      return this.#inside.status
    }
    get ok(): boolean {
      return this.status >= 200 && this.status < 300
    }
    get statusText(): string {
      return this.#inside.statusText
    }
    get headers(): Headers {
      return this.#inside.headers
    }
    get bodyUsed(): boolean {
      return this.#inside.body.used
    }
    clone(): Response {
      const { body, headers } = this.#inside
      if (body.used) throw new TypeError('The body has been read already')
      const copy = new Response()
      put(copy, { ...this.#inside, headers: createHeaders(headers), body: new BodyReader(body.content) })
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
      return 'Response'
    }
  }
  return { Response, put }
})

export type Response = InstanceType<ReturnType<typeof responseClass>['Response']>

/** The host's answer as the guest gets it. */
export function receivedResponse(answer: FetchAnswer, asked: string): Response {
  const { Response, put } = responseClass()
  const { status, statusText, url, body, encoding } = answer
  const response = new Response()
  put(response, {
    ...{ type: 'basic', url, status, statusText },
    redirected: url !== asked,
    headers: makeImmutable(createHeaders(answer.headers)),
    body: new BodyReader(NO_BODY.includes(status) ? undefined : receivedContent(body, encoding)),
  })
  return response
}

function statusOf(init: unknown): Pick<Inside, 'status' | 'statusText' | 'headers'> {
  const { status = 200, statusText = '', headers } = dictionary(init, 'Response')
  // Web IDL's unsigned short wraps around before the range is looked at.
  const code = (Math.trunc(Number(status)) || 0) & 0xffff
  if (code < 200 || code > 599) throw new RangeError(`${status} is no status of a response`)
  const text = byteString(statusText, 'A status text')
  if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new TypeError('Invalid status text')
  return { status: code, statusText: text, headers: createHeaders(headers) }
}
