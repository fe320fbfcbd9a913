import type { FileHandle } from '@annex/sdk/context'
import type { FetchAnswer } from '@annex/sdk/host-api'
import { call } from './bridge.ts'
import { freeze, TextOf } from './primordials.ts'
import { base64ToBytes, bytesToBase64 } from './web/base64.ts'
import { Headers } from './web/headers.ts'
import { decodeUtf8, encodeUtf8 } from './web/utf8.ts'

interface Init {
  method?: unknown
  headers?: unknown
  body?: unknown
  as?: unknown
}

/** The guarded `fetch`: the host checks the address, adds the credentials and follows redirects. */
export async function fetchResource(resource: unknown, init: Init = {}): Promise<object> {
  const headers = new Headers(init.headers)
  const args: Record<string, unknown> = { url: TextOf(resource) }
  if (init.method !== undefined) args.method = TextOf(init.method).toUpperCase()
  if (init.body !== undefined && init.body !== null) addBody(args, headers, init.body)
  const list = [...headers.entries()]
  if (list.length > 0) args.headers = list
  if (init.as !== undefined) args.as = TextOf(init.as)
  const answer = (await call('fetch', args)) as FetchAnswer
  return answer.file ? fetchedFile(answer, answer.file) : new Response(answer)
}

/** The handle, and what else the upstream said; the bytes stay on the host. */
function fetchedFile(
  { status, statusText, url, headers }: FetchAnswer,
  { id, size, type, digest }: FileHandle,
): object {
  return freeze({ id, size, type, digest, ok: true, status, statusText, url, headers: new Headers(headers) })
}

function addBody(args: Record<string, unknown>, headers: Headers, body: unknown): void {
  if (ArrayBuffer.isView(body)) {
    args.body = bytesToBase64(new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength))
    args.encoding = 'base64'
    return
  }
  if (isFile(body)) {
    args.file = body.id
    return
  }
  args.body = TextOf(body)
  if (!headers.has('content-type')) headers.set('content-type', defaultType(body))
}

/** A handle, also one that was kept as JSON; whether it opens anything is the host's to say. */
function isFile(body: unknown): body is FileHandle {
  if (typeof body !== 'object' || body === null) return false
  const { id, digest } = body as Partial<FileHandle>
  return typeof id === 'string' && typeof digest === 'string'
}

function defaultType(body: unknown): string {
  const form = typeof body === 'object' && body !== null && body.constructor?.name === 'URLSearchParams'
  return form ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'text/plain;charset=UTF-8'
}

/** What the platform guarantees of the web's `Response`. */
export class Response {
  readonly #answer: FetchAnswer
  readonly headers: Headers
  constructor(answer: FetchAnswer) {
    this.#answer = answer
    this.headers = new Headers(answer.headers)
  }
  get status(): number {
    return this.#answer.status
  }
  get statusText(): string {
    return this.#answer.statusText
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }
  get url(): string {
    return this.#answer.url
  }
  async text(): Promise<string> {
    return this.#answer.encoding ? decodeUtf8(base64ToBytes(this.#answer.body)) : this.#answer.body
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }
  async bytes(): Promise<Uint8Array> {
    return this.#answer.encoding ? base64ToBytes(this.#answer.body) : encodeUtf8(this.#answer.body)
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer as ArrayBuffer
  }
}
