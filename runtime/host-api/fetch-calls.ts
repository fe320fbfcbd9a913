import { isUtf8 } from 'node:buffer'
import type { FileHandle } from '@annex/sdk/context'
import type { FetchAnswer, HostCallArguments } from '@annex/sdk/host-api'
import type { Egress, EgressRequest } from '../egress/egress.ts'
import { FILE_TRANSFER_LIMITS } from '../egress/egress-limits.ts'
import type { EgressAnswer } from '../egress/exchange.ts'
import { principalName } from '../permissions/principal.ts'
import { type Result, refusal, success } from '../result.ts'
import type { Answer, CallContext } from './call-context.ts'
import type { Files } from './files.ts'

type Arguments = HostCallArguments<'fetch'>

/**
 * `ctx.fetch`: out through the gate, with the hosts and credentials of this installation and no others. A file comes and
 * goes as a stream between hosts and the store; of it the guest has the handle.
 */
export function createFetchCalls({ egress, files }: { egress: Egress; files: Files }) {
  return {
    fetch: async (context: CallContext, args: Arguments): Answer => {
      const request = await readRequest(files, context, args)
      if (!request.ok) return request
      const asked = { ...request.value, ...senderOf(context) }
      if (args.as === 'file') return fetchFile(egress, files, context, asked)
      const result = await egress.fetch(asked)
      noteTraffic(context, asked, result)
      return result.ok ? success(answerOf(result.value, args.responseEncoding)) : result
    },
  }
}

/** What was refused or never answered counts as nothing: how far it came is not known. */
function noteTraffic(context: CallContext, { request: { body } }: EgressRequest, result: Result<EgressAnswer>): void {
  if (!result.ok) return
  const sent = body === undefined ? 0 : body instanceof Uint8Array ? body.byteLength : body.size
  context.noteTraffic(sent, result.value.bytes)
}

function senderOf({ installation, principal, credentials, signal }: CallContext) {
  return {
    organizationId: installation.organizationId,
    actor: principalName(principal),
    grants: installation.egress,
    injections: installation.injections.map((injection) => ({ injection, values: credentials })),
    signal,
  }
}

async function fetchFile(egress: Egress, files: Files, context: CallContext, asked: EgressRequest): Answer {
  const { organizationId, id } = context.installation
  const reserved = await files.reserve(organizationId, id)
  if (!reserved.ok) return reserved
  const place = reserved.value
  const { totalMs, responseBytes } = FILE_TRANSFER_LIMITS
  const limits = { totalMs, responseBytes: Math.min(responseBytes, place.room) }
  let file: FileHandle | undefined
  let kept = false
  try {
    const result = await egress.fetch({
      ...asked,
      limits,
      into: async (bytes, headers) => {
        file = await place.fill(bytes, mediaTypeOf(headers))
      },
    })
    noteTraffic(context, asked, result)
    if (!result.ok) return result
    kept = file !== undefined
    return success({
      ...answerOf(result.value, undefined),
      ...(file ? { file: { ...file } } : {}),
    } satisfies FetchAnswer)
  } finally {
    if (!kept) await place.drop()
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

type Readable = Pick<EgressRequest, 'request' | 'limits'>

async function readRequest(files: Files, context: CallContext, args: Arguments): Promise<Result<Readable>> {
  const { url, method = 'GET', headers = [], body, encoding, file } = args
  if (file !== undefined) return body === undefined ? sendFile(files, context, args, file) : invalid('a body or a file')
  if (body === undefined) return success({ request: { url, method, headers } })
  if (encoding === 'base64' && !BASE64.test(body)) return invalid('the body is not base64')
  return success({ request: { url, method, headers, body: Buffer.from(body, encoding ?? 'utf8') } })
}

async function sendFile(
  files: Files,
  { installation }: CallContext,
  { url, method = 'GET', headers = [] }: Arguments,
  id: string,
): Promise<Result<Readable>> {
  const opened = await files.openFile(installation.organizationId, installation.id, id)
  if (!opened.ok) return opened
  const { file, stream } = opened.value
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type')
  const typed = isTyped ? headers : [...headers, ['content-type', file.type] as [string, string]]
  const request = { url, method, headers: typed, body: { size: file.size, open: stream } }
  return success({ request, limits: { totalMs: FILE_TRANSFER_LIMITS.totalMs } })
}

function invalid(message: string) {
  return refusal('INVALID_ARGUMENT', message)
}

/** RFC 9110 section 8.3.1; whatever else an upstream says there is left out. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}(?:\s*;[\t\x20-\x7e]{0,100})?$/

function mediaTypeOf(headers: EgressAnswer['headers']): string {
  const said = headers.find(([name]) => name === 'content-type')?.[1].trim() ?? ''
  return MEDIA_TYPE.test(said) ? said : 'application/octet-stream'
}

/** As text only what comes back from it byte for byte: anything else would reach the guest damaged. */
function answerOf({ status, statusText, url, headers, body }: EgressAnswer, asked: 'base64' | undefined) {
  const head = { status, statusText, url, headers }
  if (asked === undefined && isUtf8(body) && !hasByteOrderMark(body)) {
    return { ...head, body: Buffer.from(body).toString() } satisfies FetchAnswer
  }
  return { ...head, body: Buffer.from(body).toString('base64'), encoding: 'base64' as const } satisfies FetchAnswer
}

/** A decoder would take it for no part of the text. */
function hasByteOrderMark(body: Uint8Array): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
}
