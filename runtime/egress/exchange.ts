import type { Dispatcher } from 'undici'
import type { EgressGrant } from '../installation-source.ts'
import type { AddressPolicy } from './address.ts'
import { DenialError, denial } from './denial.ts'
import type { EgressLimits } from './egress-limits.ts'
import type { BoundInjection } from './inject-credentials.ts'
import { readBody } from './read-body.ts'
import { followRedirect, isRedirect, type OutgoingRequest } from './redirect.ts'
import { type EgressOverride, sendHop } from './send-hop.ts'
import { checkTarget } from './target.ts'

/** Whatever status the upstream gave, 429 and 500 included. The body is decoded. */
export interface EgressAnswer {
  status: number
  statusText: string
  /** After redirects, without credentials. */
  url: string
  headers: [string, string][]
  body: Uint8Array
}

export interface ExchangeOptions {
  grants: readonly EgressGrant[]
  injections: readonly BoundInjection[]
  limits: EgressLimits
  addresses: AddressPolicy
  overrides: ReadonlyMap<string, EgressOverride>
  dispatcher: Dispatcher
  signal: AbortSignal
  /** Told of each host before it is dialled. */
  onHop(host: string): void
}

/** Sends a request and follows its redirects by hand, each of which has to pass the gate like the first. */
export async function exchange(first: OutgoingRequest, options: ExchangeOptions): Promise<EgressAnswer> {
  let request = first
  for (let hops = 0; hops <= options.limits.redirects; hops++) {
    const refused = checkTarget(request.url, options.grants, options.addresses, (host) => options.overrides.has(host))
    if (refused) throw new DenialError(hops === 0 ? refused : { ...refused, message: `a redirect: ${refused.message}` })
    options.onHop(request.url.hostname)
    const response = await sendHop(request, { ...options, override: options.overrides.get(request.url.hostname) })
    const location = isRedirect(response.statusCode) ? single(response.headers.location) : undefined
    if (location === undefined) return answerOf(request, response, options)
    discard(response)
    const next = followRedirect(request, response.statusCode, location)
    if ('denial' in next) throw new DenialError(next.denial)
    request = next.request
  }
  const message = `${request.url.hostname}: more than ${options.limits.redirects} redirects`
  throw new DenialError(denial('EGRESS_DENIED', 'too-many-redirects', message))
}

async function answerOf(
  request: OutgoingRequest,
  response: Dispatcher.ResponseData,
  { limits, signal }: ExchangeOptions,
): Promise<EgressAnswer> {
  const encoding = single(response.headers['content-encoding'])
  try {
    const body = await readBody(response.body, { encoding, limit: limits.responseBytes, signal })
    const { statusCode: status, statusText } = response
    return { status, statusText, url: request.url.href, headers: headersOf(response.headers), body }
  } finally {
    discard(response)
  }
}

/** Of what concerned the transport nothing is left: the guest gets the bytes decoded and whole. */
const TRANSPORT = new Set(['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding'])

function headersOf(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || TRANSPORT.has(name)) return []
    return (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, one])
  })
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** Destroying is cheaper than reading on; the error that it raises in the stream concerns nobody. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => {}).destroy()
}
