import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { WEBHOOK_SCHEMES } from '@annex/sdk/manifest/credentials'

export type WebhookScheme = (typeof WEBHOOK_SCHEMES)[number]

export interface SignedRequest {
  scheme: WebhookScheme
  /** The manifest's; each scheme has its own if absent. */
  header?: string
  secret: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** The bytes that were signed, untouched. */
  body: Uint8Array
  /** Milliseconds since the Unix epoch. */
  now: number
}

/**
 * `id` names the webhook among those of its source. Where the scheme signs none, the id that GitHub and Shopify send
 * stands beside the digest of the body: so two webhooks with equal bodies are two, and no id is taken for another body.
 * It is not signed: who has seen a webhook can send it again as another. A plain `hmac` knows it by its body alone.
 */
export type Verification = { ok: true; id: string } | { ok: false; reason: string }

/** How far a signed time may be from ours, in seconds. */
const TOLERANCE_S = 300

/** Of a decoded secret of Standard Webhooks, which asks for 24 and more. */
const MIN_KEY_BYTES = 16

/** The header that carries the signature; never shown to the extension. */
export function signatureHeader({ scheme, header }: Pick<SignedRequest, 'scheme' | 'header'>): string {
  return (header ?? DEFAULT_HEADERS[scheme]).toLowerCase()
}

const DEFAULT_HEADERS: Readonly<Record<WebhookScheme, string>> = {
  'standard-webhooks': 'webhook-signature',
  stripe: 'stripe-signature',
  github: 'x-hub-signature-256',
  shopify: 'x-shopify-hmac-sha256',
  hmac: 'x-webhook-signature',
}

export function verifySignature(request: SignedRequest): Verification {
  const signature = request.headers[signatureHeader(request)]
  if (!signature) return refused('it is not signed')
  return SCHEMES[request.scheme](request, signature)
}

const SCHEMES: Readonly<Record<WebhookScheme, (request: SignedRequest, signature: string) => Verification>> = {
  'standard-webhooks': verifyStandard,
  stripe: verifyStripe,
  github: (request, signature) =>
    verifyBody(request, signature.replace(/^sha256=/, ''), 'hex', request.headers['x-github-delivery']),
  shopify: (request, signature) => verifyBody(request, signature, 'base64', request.headers['x-shopify-webhook-id']),
  hmac(request, signature) {
    const bare = signature.replace(/^sha256=/, '')
    return verifyBody(request, bare, /^[0-9a-fA-F]{64}$/.test(bare) ? 'hex' : 'base64')
  },
}

/** Standard Webhooks: `v1,<base64>` over id, time and body; several when a secret is rotated. Svix sends `svix-…`. */
function verifyStandard(request: SignedRequest, signatures: string): Verification {
  const prefix = signatureHeader(request).replace(/signature$/, '')
  const id = request.headers[`${prefix}id`]
  const time = request.headers[`${prefix}timestamp`]
  if (!id || id.length > 256 || !time) return refused('it has no id or no time')
  if (!isRecent(time, request.now)) return refused('its time is too far from now')
  const key = standardKey(request.secret)
  if (!key) return refused('the secret to verify it with is too short')
  const expected = createHmac('sha256', key).update(`${id}.${time}.`).update(request.body).digest()
  const given = signatures.split(' ').flatMap((each) => (each.startsWith('v1,') ? [each.slice(3)] : []))
  return given.some((each) => same(each, 'base64', expected))
    ? { ok: true, id }
    : refused('the signature does not match')
}

/** Nothing for one that is too short: text that is no base64 decodes to nothing, and with an empty key anybody signs. */
export function standardKey(secret: string): Buffer | undefined {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return key.length < MIN_KEY_BYTES ? undefined : key
}

/** Stripe: `t=<time>,v1=<hex>` over time and body; the id is the event's own. */
function verifyStripe(request: SignedRequest, header: string): Verification {
  const parts = header.split(',').map((part) => part.trim().split('=') as [string, string?])
  const time = parts.find(([name]) => name === 't')?.[1] ?? ''
  if (!isRecent(time, request.now)) return refused('its time is too far from now')
  const expected = createHmac('sha256', request.secret).update(`${time}.`).update(request.body).digest()
  const matches = parts.some(([name, value = '']) => name === 'v1' && same(value, 'hex', expected))
  return matches ? { ok: true, id: eventId(request.body) } : refused('the signature does not match')
}

/** No time is signed: the same bytes under the same id, if there is one, are never taken for another webhook. */
function verifyBody(
  { secret, body }: SignedRequest,
  signature: string,
  encoding: 'hex' | 'base64',
  sent?: string,
): Verification {
  const expected = createHmac('sha256', secret).update(body).digest()
  if (!same(signature, encoding, expected)) return refused('the signature does not match')
  if (sent !== undefined && sent.length > 256) return refused('its id is too long')
  return { ok: true, id: sent ? `${sent}:${digestOf(body)}` : digestOf(body) }
}

function eventId(body: Uint8Array): string {
  try {
    const event: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    const id = typeof event === 'object' && event !== null && 'id' in event ? event.id : undefined
    if (typeof id === 'string' && id !== '' && id.length <= 256) return id
  } catch {
    // Signed, but no JSON: whatever it is, its bytes name it.
  }
  return digestOf(body)
}

function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

function isRecent(seconds: string, now: number): boolean {
  return /^\d{1,12}$/.test(seconds) && Math.abs(now / 1000 - Number(seconds)) <= TOLERANCE_S
}

/** In a time that tells nothing of where they differ. */
function same(given: string, encoding: 'hex' | 'base64', expected: Buffer): boolean {
  const bytes = Buffer.from(given, encoding)
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

function refused(reason: string): Verification {
  return { ok: false, reason }
}
