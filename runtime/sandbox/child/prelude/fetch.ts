import type { FileHandle } from '@annex/sdk/context'
import type { FetchAnswer } from '@annex/sdk/host-api'
import { call } from './bridge.ts'
import { freeze, TextOf } from './primordials.ts'
import { type AbortSignal, abortClasses } from './web/abort.ts'
import { bytesToBase64 } from './web/base64.ts'
import { type Content, contentOf, isFile } from './web/body.ts'
import { createHeaders, type Headers } from './web/headers.ts'
import { type Request, requestClass } from './web/request.ts'
import { receivedResponse } from './web/response.ts'

interface Init {
  method?: unknown
  headers?: unknown
  body?: unknown
  as?: unknown
  signal?: unknown
}

/** The guarded `fetch`: the host checks the address, adds the credentials and follows redirects. */
export async function fetchResource(resource: unknown, init: Init = {}): Promise<object> {
  const request = asRequest(resource)
  const headers = createHeaders(init.headers ?? request?.headers)
  const url = request?.url ?? TextOf(resource)
  const args: Record<string, unknown> = { url }
  const method = init.method ?? request?.method
  if (method !== undefined) args.method = TextOf(method).toUpperCase()
  if (init.body !== undefined && init.body !== null) addBody(args, headers, init.body)
  else if (request) addContent(args, headers, requestClass().take(request))
  const list = [...headers.entries()]
  if (list.length > 0) args.headers = list
  if (init.as !== undefined) args.as = TextOf(init.as)
  const answer = (await unlessAborted(init.signal ?? request?.signal, () => call('fetch', args))) as FetchAnswer
  return answer.file ? fetchedFile(answer, answer.file) : receivedResponse(answer, url)
}

/** Looking at what was given must not build the class: most runs have no `Request`. */
function asRequest(resource: unknown): Request | undefined {
  if (typeof resource !== 'object' || resource === null) return undefined
  return resource instanceof requestClass().Request ? resource : undefined
}

/** What the host does on its side goes on; the guest hears no more of it. */
function unlessAborted(signal: unknown, work: () => Promise<unknown>): Promise<unknown> {
  if (signal === undefined || signal === null) return work()
  if (!(signal instanceof abortClasses().AbortSignal)) throw new TypeError('The signal of a request is an AbortSignal')
  signal.throwIfAborted()
  return Promise.race([work(), rejection(signal)])
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** The handle, and what else the upstream said; the bytes stay on the host. */
function fetchedFile(
  { status, statusText, url, headers }: FetchAnswer,
  { id, size, type, digest }: FileHandle,
): object {
  return freeze({ id, size, type, digest, ok: true, status, statusText, url, headers: createHeaders(headers) })
}

function addBody(args: Record<string, unknown>, headers: Headers, body: unknown): void {
  if (isFile(body)) args.file = body.id
  else addContent(args, headers, contentOf(body))
}

function addContent(args: Record<string, unknown>, headers: Headers, content: Content | undefined): void {
  if (!content) return
  const { data, type } = content
  args.body = typeof data === 'string' ? data : bytesToBase64(data)
  if (typeof data !== 'string') args.encoding = 'base64'
  if (type && !headers.has('content-type')) headers.set('content-type', type)
}
