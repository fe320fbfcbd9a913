import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { EgressGrant } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { type Result, refusal, success } from '../result.ts'
import { createAddressPolicy } from './address.ts'
import { createAgents } from './agents.ts'
import { type Lookup, systemLookup } from './bounded-lookup.ts'
import { certificateFor } from './client-certificate.ts'
import { denial } from './denial.ts'
import { EGRESS_LIMITS, type EgressLimits } from './egress-limits.ts'
import { type BodySink, type EgressAnswer, exchange } from './exchange.ts'
import { explainFailure } from './explain-failure.ts'
import type { BoundInjection } from './inject-credentials.ts'
import { type RawRequest, readRequest } from './read-request.ts'
import { type Outcome, recordRequest, type Trace } from './record-request.ts'
import { createRedactor, type Redactor } from './redact.ts'
import type { EgressOverride } from './send-hop.ts'
import { guardSink, SinkFailure } from './sink-failure.ts'
import { createSlots } from './slots.ts'

export interface EgressRequest {
  organizationId: string
  /** `principalName(…)` of who asks; also what the limit of parallel requests counts by. */
  actor: string
  grants: readonly EgressGrant[]
  injections: readonly BoundInjection[]
  request: RawRequest
  signal: AbortSignal
  limits?: Partial<EgressLimits>
  /**
   * Takes the body of an answer with a 2xx status as it streams, decoded, bounded and masked; `body` of the answer is
   * then empty. It may reject with a `DenialError` to refuse.
   */
  into?: BodySink
}

/** The one way out. */
export interface Egress {
  /**
   * `EGRESS_DENIED`, `INVALID_ARGUMENT`, `QUOTA_EXCEEDED` (size, parallel requests), `AUTHENTICATION_FAILED` (a
   * credential is not configured or cannot be used), `CONNECTION_FAILED`, `TIMEOUT`, `CANCELLED`. A refusal is in the
   * audit trail before this resolves. Known secrets are masked in all that comes back. Rejects only with what `into`
   * failed with by its own fault.
   */
  fetch(request: EgressRequest): Promise<Result<EgressAnswer>>
  close(): Promise<void>
}

export interface EgressDependencies {
  /** Host to a loopback server: for demonstration and development, set by the operator alone. */
  overrides?: Readonly<Record<string, EgressOverride>>
  /** CIDRs that may be reached though they are not public: on-premise systems, set by the operator alone. */
  allowPrivateRanges?: readonly string[]
  /** Certificate authorities (PEM) besides those of Node: of on-premise systems, set by the operator alone. */
  extraCa?: readonly string[]
  audit: Audit
  clock: Clock
  log: Log
  /** How names become addresses; the system's resolver if absent. */
  lookup?: Lookup
}

interface Attempt extends Omit<EgressRequest, 'limits'> {
  limits: EgressLimits
  redactor: Redactor
  trace: Trace
}

/** Throws when an override is not on the loopback interface, or a range or certificate authority cannot be read. */
export function createEgress(deps: EgressDependencies): Egress {
  const addresses = createAddressPolicy(deps.allowPrivateRanges ?? [])
  const overrides = checkedOverrides(deps.overrides ?? {})
  const agents = createAgents({ addresses, lookup: deps.lookup ?? systemLookup, extraCa: deps.extraCa ?? [] })
  const slots = createSlots()

  async function attempt({ request: raw, signal: asked, trace, into, ...rest }: Attempt): Promise<Outcome> {
    const { limits, organizationId, actor, redactor, injections } = rest
    const request = readRequest(raw, limits)
    if ('denial' in request) return request
    trace.hosts.push(request.url.hostname)
    const deadline = AbortSignal.timeout(limits.totalMs)
    const signal = AbortSignal.any([asked, deadline])
    let release: (() => void) | undefined
    try {
      release = await slots.acquire(`${organizationId} ${actor}`, signal)
      const answer = await exchange(request, {
        ...{ ...rest, addresses, overrides, signal },
        ...(into ? { into: guardSink(into) } : {}),
        dispatcherFor: (url) => agents.of(organizationId, certificateFor(url, injections)),
        onHop: (next) => void (trace.hosts.at(-1) === next || trace.hosts.push(next)),
      })
      return { answer }
    } catch (error) {
      if (error instanceof SinkFailure) throw error
      const host = redactor.text(trace.hosts.at(-1) ?? '')
      const because = explainFailure(error, { host, signal: asked, deadline })
      // The stack alone: undici and TLS hang whole certificates on their errors.
      const stack = redactor.text((error instanceof Error ? error.stack : undefined) ?? String(error))
      if (because.rule === 'connection') deps.log.warn({ host, stack }, 'an upstream could not be reached')
      return { denial: because }
    } finally {
      release?.()
    }
  }

  return {
    async fetch(asked) {
      const { organizationId, actor, request, injections } = asked
      const { method, body } = request
      const sent = body === undefined ? 0 : body instanceof Uint8Array ? body.byteLength : body.size
      const trace: Trace = { organizationId, actor, started: deps.clock.now(), method, sent, hosts: [] }
      const redactor = createRedactor(injections)
      const limits = { ...EGRESS_LIMITS, ...asked.limits }
      try {
        const outcome = await attempt({ ...asked, limits, redactor, trace })
        await recordRequest(deps, trace, outcome, redactor)
        if ('answer' in outcome) return success(outcome.answer)
        return refusal(outcome.denial.code, redactor.text(outcome.denial.message))
      } catch (error) {
        if (!(error instanceof SinkFailure)) throw error
        await recordRequest(deps, trace, { denial: denial('UNAVAILABLE', 'body-not-kept', error.message) }, redactor)
        throw error.cause
      }
    },
    close: () => agents.close(),
  }
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1)$/

function checkedOverrides(overrides: Readonly<Record<string, EgressOverride>>): ReadonlyMap<string, EgressOverride> {
  for (const [host, { address }] of Object.entries(overrides)) {
    if (!LOOPBACK.test(address)) throw new Error(`the egress override of ${host} must be a loopback address`)
  }
  return new Map(Object.entries(overrides).map(([host, override]) => [host.toLowerCase(), override]))
}
