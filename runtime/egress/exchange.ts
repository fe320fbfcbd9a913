import type { Dispatcher } from 'undici'
import type { EgressGrant } from '../installation-source.ts'
import type { AddressPolicy } from './address.ts'
import { DenialError, denial } from './denial.ts'
import { type EgressLimits, MAX_STATUS_TEXT } from './egress-limits.ts'
import type { BoundInjection } from './inject-credentials.ts'
import { readBody } from './read-body.ts'
import type { Redactor } from './redact.ts'
import { followRedirect, isRedirect, type OutgoingRequest } from './redirect.ts'
import { type EgressOverride, sendHop } from './send-hop.ts'
import { checkTarget } from './target.ts'

/** Whatever status the upstream gave, 429 and 500 included. The body is decoded; known secrets are masked everywhere. */
export interface EgressAnswer {
  status: number
  statusText: string
  /** After redirects, without credentials. */
  url: string
  headers: [string, string][]
  /** Empty when the body went elsewhere. */
  body: Uint8Array
  /** Of the body, wherever it went. */
  bytes: number
}

/** Takes a body as it streams; when it rejects, so does the request, with the very same error. */
export type BodySink = (bytes: AsyncIterable<Uint8Array>, headers: EgressAnswer['headers']) => Promise<void>

export interface ExchangeOptions {
  grants: readonly EgressGrant[]
  injections: readonly BoundInjection[]
  limits: EgressLimits
  addresses: AddressPolicy
  overrides: ReadonlyMap<string, EgressOverride>
  redactor: Redactor
  signal: AbortSignal
  /** Where the body of an answer with a 2xx status goes, if not into the answer. */
  into?: BodySink
  /** The connections that may carry a request for `url`, which was checked. May throw `DenialError`. */
  dispatcherFor(url: URL): Dispatcher
  /** Told of each host before it is dialled. */
  onHop(host: string): void
}

/** Sends a request and follows its redirects by hand, each of which has to pass the gate like the first. */
export async function exchange(first: OutgoingRequest, options: ExchangeOptions): Promise<EgressAnswer> {
  const { limits, grants, addresses, overrides, injections, signal } = options
  let request = first
  for (let hops = 0; hops <= limits.redirects; hops++) {
    const { url } = request
    const refused = checkTarget(url, grants, addresses, (host) => overrides.has(host))
    if (refused) throw new DenialError(hops === 0 ? refused : { ...refused, message: `a redirect: ${refused.message}` })
    options.onHop(url.hostname)
    const dispatcher = options.dispatcherFor(url)
    const override = overrides.get(url.hostname)
    const response = await sendHop(request, { dispatcher, override, injections, signal })
    const location = isRedirect(response.statusCode) ? single(response.headers.location) : undefined
    if (location === undefined) return answerOf(request, response, options)
    discard(response)
    const next = followRedirect(request, response.statusCode, location)
    if ('denial' in next) throw new DenialError(next.denial)
    request = next.request
  }
  const message = `${request.url.hostname}: more than ${limits.redirects} redirects`
  throw new DenialError(denial('EGRESS_DENIED', 'too-many-redirects', message))
}

async function answerOf(
  request: OutgoingRequest,
  response: Dispatcher.ResponseData,
  { limits, signal, redactor, into }: ExchangeOptions,
): Promise<EgressAnswer> {
  const { statusCode: status } = response
  const statusText = redactor.text(response.statusText).slice(0, MAX_STATUS_TEXT)
  const headers = headersOf(response.headers, redactor)
  const chunks: Uint8Array[] = []
  const keep: BodySink = async (body) => {
    for await (const chunk of body) chunks.push(chunk)
  }
  const sink = into && status >= 200 && status < 300 ? into : keep
  const options = { encoding: encodingOf(response), limit: limits.responseBytes, redactor, signal }
  try {
    const bytes = await readBody(response.body, options, (body) => sink(body, headers))
    return { status, statusText, url: redactor.text(request.url.href), headers, body: Buffer.concat(chunks), bytes }
  } finally {
    discard(response)
  }
}

/** Said in two headers it means both, one after the other (RFC 9110 section 5.2): a coding that nobody knows. */
function encodingOf({ headers }: Dispatcher.ResponseData): string | undefined {
  const encoding = headers['content-encoding']
  return Array.isArray(encoding) ? encoding.join(', ') : encoding
}

/** Of what concerned the transport nothing is left: the guest gets the bytes decoded and whole. */
const TRANSPORT = new Set(['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding'])

function headersOf(headers: Dispatcher.ResponseData['headers'], redactor: Redactor): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || TRANSPORT.has(name)) return []
    // A mask is no name that a header can have.
    const shown = redactor.text(name) === name ? name : 'x-redacted'
    return (Array.isArray(value) ? value : [value]).map((one): [string, string] => [shown, redactor.text(one)])
  })
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** Destroying is cheaper than reading on; the error that it raises in the stream concerns nobody. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => {}).destroy()
}
