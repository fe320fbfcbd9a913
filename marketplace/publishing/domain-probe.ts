import { DenialError, denial } from '../../runtime/egress/denial.ts'
import type { Egress } from '../../runtime/egress/egress.ts'
import type { BodySink } from '../../runtime/egress/exchange.ts'
import type { DomainMethod } from './domain-collections.ts'
import { DOMAIN_LIMITS } from './domain-limits.ts'
import type { TxtLookup } from './txt-lookup.ts'

/** What is looked for, and where. */
export interface Sought {
  publisher: string
  domain: string
  method: DomainMethod
  token: string
}

/** `unknown`: no answer, which proves nothing in either direction. `why` is for people. */
export type Sighting = { seen: 'present' } | { seen: 'absent' | 'unknown'; why: string }

/** Looks at a domain, once, in a limited time. */
export type DomainProbe = (sought: Sought) => Promise<Sighting>

export interface DomainProbeDeps {
  egress: Egress
  lookupTxt: TxtLookup
  /** Milliseconds for one look; `DOMAIN_LIMITS.lookMs` if absent. */
  lookMs?: number
}

/** Where the owner of a domain publishes what line. */
export function placeOf({ domain, method, token }: Omit<Sought, 'publisher'>): { place: string; line: string } {
  const place = method === 'dns' ? `_annex-challenge.${domain}` : `https://${domain}/.well-known/annex-verification.txt`
  return { place, line: `annex-verification=${token}` }
}

export function createDomainProbe({ egress, lookupTxt, lookMs = DOMAIN_LIMITS.lookMs }: DomainProbeDeps): DomainProbe {
  return (sought) => {
    const signal = AbortSignal.timeout(lookMs)
    return sought.method === 'dns' ? lookAtRecords(lookupTxt, sought, signal) : lookAtFile(egress, sought, signal)
  }
}

/** Answers that say that there is no such record: RFC 8020, and a name without records of this type. */
const NO_RECORD = new Set(['ENOTFOUND', 'ENODATA'])

async function lookAtRecords(lookupTxt: TxtLookup, sought: Sought, signal: AbortSignal): Promise<Sighting> {
  const { place, line } = placeOf(sought)
  try {
    const records = await lookupTxt(place, signal)
    if (records.some((record) => record.trim() === line)) return { seen: 'present' }
    return absent(`none of the ${records.length} TXT records at ${place} is the line`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    if (NO_RECORD.has(code)) return absent(`there is no TXT record at ${place}`)
    return unknown(`the name servers of ${sought.domain} gave no answer (${code})`)
  }
}

async function lookAtFile(egress: Egress, sought: Sought, signal: AbortSignal): Promise<Sighting> {
  const { place, line } = placeOf(sought)
  const chunks: Uint8Array[] = []
  const answer = await egress.fetch({
    organizationId: 'system',
    actor: `publisher:${sought.publisher}`,
    // The domain itself and nothing else: a redirect to another host ends there.
    grants: [{ host: sought.domain, scheme: 'https', port: 443 }],
    injections: [],
    request: { url: place, method: 'GET', headers: [['accept', 'text/plain']] },
    signal,
    into: shortBody(chunks),
  })
  if (answer.ok) {
    const { status } = answer.value
    if (status === 404 || status === 410) return absent(`there is no file at ${place}`)
    if (status < 200 || status > 299) return unknown(`${place} was answered with the status ${status}`)
    const lines = Buffer.concat(chunks).toString('utf8').split('\n')
    return lines.some((each) => each.trim() === line) ? { seen: 'present' } : absent(`${place} lacks the line`)
  }
  const { code, message } = answer.error
  // It answered, with a redirect to somebody else, an address that nobody else reaches, or a page of another kind.
  return code === 'EGRESS_DENIED' ? absent(message) : unknown(message)
}

function shortBody(chunks: Uint8Array[]): BodySink {
  return async (bytes) => {
    let size = 0
    for await (const chunk of bytes) {
      size += chunk.byteLength
      if (size > DOMAIN_LIMITS.fileBytes)
        throw new DenialError(
          denial('EGRESS_DENIED', 'file-size', `the file is longer than ${DOMAIN_LIMITS.fileBytes} bytes`),
        )
      chunks.push(chunk)
    }
  }
}

function absent(why: string): Sighting {
  return { seen: 'absent', why }
}

function unknown(why: string): Sighting {
  return { seen: 'unknown', why }
}
