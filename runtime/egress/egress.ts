import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { EgressGrant } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { type Result, refusal, success } from '../result.ts'
import { createAddressPolicy } from './address.ts'
import { createAgents } from './agents.ts'
import { type Lookup, systemLookup } from './bounded-lookup.ts'
import type { Denial } from './denial.ts'
import { EGRESS_LIMITS, type EgressLimits } from './egress-limits.ts'
import { type EgressAnswer, exchange } from './exchange.ts'
import { explainFailure } from './explain-failure.ts'
import type { BoundInjection } from './inject-credentials.ts'
import { type RawRequest, readRequest } from './read-request.ts'
import { createRedactor, type Redactor } from './redact.ts'
import type { EgressOverride } from './send-hop.ts'
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
}

/** The one way out. */
export interface Egress {
  /**
   * `EGRESS_DENIED`, `INVALID_ARGUMENT`, `QUOTA_EXCEEDED` (size, parallel requests), `AUTHENTICATION_FAILED` (a
   * credential is not configured), `CONNECTION_FAILED`, `TIMEOUT`, `CANCELLED`. A refusal is in the audit trail before
   * this resolves. Known secrets are masked in all that comes back.
   */
  fetch(request: EgressRequest): Promise<Result<EgressAnswer>>
  close(): Promise<void>
}

export interface EgressDependencies {
  /** Host to a loopback server: for demonstration and development, set by the operator alone. */
  overrides?: Readonly<Record<string, EgressOverride>>
  /** CIDRs that may be reached though they are not public: on-premise systems, set by the operator alone. */
  allowPrivateRanges?: readonly string[]
  audit: Audit
  clock: Clock
  log: Log
  /** How names become addresses; the system's resolver if absent. */
  lookup?: Lookup
}

/** What the audit row of a request tells: never a path, a query or a header. */
interface Trace {
  started: number
  method: string
  hosts: string[]
}

type Outcome = { answer: EgressAnswer } | { denial: Denial }

/** Throws when an override is not on the loopback interface or a range is not a CIDR. */
export function createEgress(deps: EgressDependencies): Egress {
  const addresses = createAddressPolicy(deps.allowPrivateRanges ?? [])
  const overrides = checkedOverrides(deps.overrides ?? {})
  const agents = createAgents(addresses, deps.lookup ?? systemLookup)
  const slots = createSlots()

  async function attempt({ request: raw, ...asked }: EgressRequest, trace: Trace): Promise<Outcome> {
    const limits = { ...EGRESS_LIMITS, ...asked.limits }
    const request = readRequest(raw, limits)
    if ('denial' in request) return request
    const { hostname: host } = request.url
    trace.hosts.push(host)
    const deadline = AbortSignal.timeout(limits.totalMs)
    const signal = AbortSignal.any([asked.signal, deadline])
    let release: (() => void) | undefined
    try {
      release = await slots.acquire(`${asked.organizationId} ${asked.actor}`, signal)
      const dispatcher = agents.of(asked.organizationId)
      const onHop = (next: string) => {
        if (trace.hosts.at(-1) !== next) trace.hosts.push(next)
      }
      const { grants, injections } = asked
      const answer = await exchange(request, {
        grants,
        injections,
        limits,
        addresses,
        overrides,
        dispatcher,
        signal,
        onHop,
      })
      return { answer }
    } catch (error) {
      const because = explainFailure(error, { host: trace.hosts.at(-1) ?? host, signal: asked.signal, deadline })
      // The stack alone: undici and TLS hang whole certificates on their errors.
      const stack = error instanceof Error ? error.stack : String(error)
      if (because.rule === 'connection') deps.log.warn({ host, stack }, 'an upstream could not be reached')
      return { denial: because }
    } finally {
      release?.()
    }
  }

  return {
    async fetch(request) {
      const trace: Trace = { started: deps.clock.now(), method: request.request.method, hosts: [] }
      const outcome = await attempt(request, trace)
      await record(deps, request, trace, outcome)
      const redactor = createRedactor(request.injections)
      if ('answer' in outcome) return success(redacted(outcome.answer, redactor))
      return refusal(outcome.denial.code, redactor.text(outcome.denial.message))
    },
    close: () => agents.close(),
  }
}

const REFUSALS = new Set(['EGRESS_DENIED', 'INVALID_ARGUMENT'])

async function record(
  { audit, clock }: EgressDependencies,
  { organizationId, actor }: EgressRequest,
  { started, method, hosts }: Trace,
  outcome: Outcome,
): Promise<void> {
  const result =
    'answer' in outcome
      ? { status: outcome.answer.status, bytes: outcome.answer.body.byteLength }
      : { code: outcome.denial.code }
  const entry = {
    organizationId,
    actor,
    action: 'egress.fetch',
    target: hosts[0] ?? 'unreadable URL',
    rule: 'answer' in outcome ? 'granted' : outcome.denial.rule,
    details: {
      method: method.slice(0, 16),
      ...result,
      ms: clock.now() - started,
      ...(hosts.length > 1 ? { hosts } : {}),
    },
  }
  if ('answer' in outcome) audit.note({ ...entry, outcome: 'allowed' })
  else if (REFUSALS.has(outcome.denial.code)) await audit.write({ ...entry, outcome: 'refused' })
  else audit.note({ ...entry, outcome: 'failed' })
}

function redacted(answer: EgressAnswer, redactor: Redactor): EgressAnswer {
  return {
    status: answer.status,
    statusText: redactor.text(answer.statusText),
    url: redactor.text(answer.url),
    headers: answer.headers.map(([name, value]) => [redactor.text(name), redactor.text(value)]),
    body: redactor.bytes(answer.body),
  }
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1)$/

function checkedOverrides(overrides: Readonly<Record<string, EgressOverride>>): ReadonlyMap<string, EgressOverride> {
  for (const [host, { address }] of Object.entries(overrides)) {
    if (!LOOPBACK.test(address)) throw new Error(`the egress override of ${host} must be a loopback address`)
  }
  return new Map(Object.entries(overrides).map(([host, override]) => [host.toLowerCase(), override]))
}
