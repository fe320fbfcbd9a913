import { randomBytes } from 'node:crypto'
import type { Json } from '@annex/sdk/json'
import { PLATFORM_VERSION, type PlatformVersion } from '@annex/sdk/platform-version'
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Egress } from '../egress/egress.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import type { Log } from '../log.ts'
import {
  type EventCause,
  type InstallationPrincipal,
  type KeyPrincipal,
  principalName,
  type UserPrincipal,
} from '../permissions/principal.ts'
import type { Platform } from '../platform/platform.ts'
import { type Result, refusal } from '../result.ts'
import type { Dispatch, HostCall, HostCallResult } from '../sandbox/host-call.ts'
import type { InstallationSecrets } from '../secrets/installation-secrets.ts'
import type { Store } from '../storage/port.ts'
import { checkBounds } from './bounded-json.ts'
import type { CallContext } from './call-context.ts'
import { effectiveInstallation } from './effective-installation.ts'
import { createEventCalls } from './event-calls.ts'
import { createFetchCalls } from './fetch-calls.ts'
import { createFiles } from './files.ts'
import { createKvCalls } from './kv-calls.ts'
import { createPlatformCalls } from './platform-calls.ts'
import { createSecretCalls } from './secret-calls.ts'
import { answerProblem, type KnownCall, validateCall } from './validate-call.ts'

/** For whom and with what a run's calls are answered. */
export interface DispatchRequest {
  /** As it was when the run began. */
  installation: ActiveInstallation
  /** The version of the platform that the guest sees; the newest unless given. */
  platform?: PlatformVersion
  /** The person or key that started the run: each call then needs the grant of both. */
  actor?: UserPrincipal | KeyPrincipal
  /** The actor as they stand now, asked before every call like `current`. Absent: their rights are those of the start. */
  currentActor?(): Promise<UserPrincipal | KeyPrincipal | undefined>
  /** The event that the run reacts to: what it changes or emits carries it on. */
  cause?: EventCause
  /** Clear values for the injections; they go to the egress gate and never into an answer. */
  credentials?: Readonly<Record<string, string>>
  /** Told of the bodies that a request of the run sent and received, in bytes. */
  noteTraffic?(sent: number, received: number): void
  /**
   * The installation as it stands now, asked before every call: nothing when it was disabled or uninstalled. It may
   * remember for at most a second what another node wrote; what this node wrote it must see at once.
   */
  current(): Promise<ActiveInstallation | undefined>
}

/** Answers what guests ask of their host. */
export interface HostApi {
  dispatchFor(request: DispatchRequest): Dispatch
}

export interface HostApiDependencies {
  platform: Platform
  egress: Egress
  store: Store
  audit: Audit
  clock: Clock
  log: Log
  /** Absent: nothing is declared, so no event can be emitted and no secret used. */
  declarations?: DeclarationSource
  /** Absent: no secret is set. */
  secrets?: InstallationSecrets
}

/** The largest answer that goes into a guest, as JSON text. */
const RESULT_BOUNDS = { bytes: 4 * 1024 * 1024, depth: 64 }

type Calls = { [C in KnownCall as C['name']]: (context: CallContext, args: C['args']) => Promise<Result<Json>> }

export function createHostApi(deps: HostApiDependencies): HostApi {
  const files = createFiles(deps)
  const calls: Calls = {
    ...createPlatformCalls({ platform: deps.platform, files }),
    ...createFetchCalls({ egress: deps.egress, files }),
    ...createKvCalls(deps),
    ...createEventCalls(deps),
    ...createSecretCalls(deps),
  }
  return {
    dispatchFor: (request) => async (call, signal) => {
      try {
        return await answer(deps, calls, { request, call, signal })
      } catch (error) {
        if (signal.aborted) return refusal('CANCELLED', 'the run was stopped')
        return unavailable(deps.log, request, error)
      }
    },
  }
}

interface Asked {
  request: DispatchRequest
  call: HostCall
  signal: AbortSignal
}

async function answer(deps: HostApiDependencies, calls: Calls, asked: Asked): Promise<HostCallResult> {
  const { request, signal } = asked
  if (signal.aborted) return refusal('CANCELLED', 'the run was stopped')
  const known = validateCall(asked.call, request.platform ?? PLATFORM_VERSION)
  if ('problem' in known) return refusal('INVALID_ARGUMENT', known.problem)
  const [installation, actor] = await Promise.all([request.current(), actorNow(request)])
  if (!isSame(request.installation, installation)) return revoked(deps.audit, request, known.call.name, NOT_ACTIVE)
  if (request.actor && !actor) return revoked(deps.audit, request, known.call.name, ACTOR_GONE)
  const effective = effectiveInstallation(request.installation, installation)
  const principal = principalOf(effective, actor, request.cause)
  const { credentials = {}, noteTraffic = () => {} } = request
  const code = request.installation
  const context = { installation: effective, principal, code, credentials, signal, noteTraffic }
  // Once more, and nothing awaited in between: a call takes no effect when its run ended while `current` was asked.
  if (signal.aborted) return refusal('CANCELLED', 'the run was stopped')
  const result = await callOne(calls, context, known.call)
  if (!result.ok) return result
  const mismatch = answerProblem(known.call.name, result.value)
  if (mismatch) throw new Error(`the answer of ${known.call.name} is not as declared: ${mismatch}`)
  if (isWithin(result.value)) return result
  return refusal('QUOTA_EXCEEDED', `the answer of ${known.call.name} is longer than ${RESULT_BOUNDS.bytes} bytes`)
}

/** First without writing it, so that no text is made of what is too large anyway; then as escaping makes it. */
function isWithin(value: Json): boolean {
  if (checkBounds(value, RESULT_BOUNDS)) return false
  return Buffer.byteLength(JSON.stringify(value)) <= RESULT_BOUNDS.bytes
}

/** One name binds the handler and its arguments together: the table's type says that they fit. */
function callOne<C extends KnownCall>(calls: Calls, context: CallContext, call: C): Promise<Result<Json>> {
  const handler = calls[call.name] as (context: CallContext, args: C['args']) => Promise<Result<Json>>
  return handler(context, call.args)
}

/** A source that answered for another installation would hand one tenant's grant to another: never trusted. */
function isSame(started: ActiveInstallation, now: ActiveInstallation | undefined): now is ActiveInstallation {
  return now !== undefined && now.id === started.id && now.organizationId === started.organizationId
}

function principalOf(
  { id, organizationId, extension, version, epoch, grants }: ActiveInstallation,
  actor: UserPrincipal | KeyPrincipal | undefined,
  cause: EventCause | undefined,
): InstallationPrincipal {
  const own = { kind: 'installation', installationId: id, organizationId, extension, version, epoch, grants } as const
  return { ...own, ...(actor && { actor }), ...(cause && { cause }) }
}

/** Nobody else than who started the run: the rights of another would be lent to it. */
async function actorNow({ actor, currentActor }: DispatchRequest): Promise<DispatchRequest['actor']> {
  if (!actor || !currentActor) return actor
  const now = await currentActor()
  const same = now && principalName(now) === principalName(actor) && now.organizationId === actor.organizationId
  return same ? now : undefined
}

interface Revocation {
  rule: string
  message: string
}

const NOT_ACTIVE: Revocation = {
  rule: 'installation-not-active',
  message: 'the installation is disabled or uninstalled',
}
const ACTOR_GONE: Revocation = {
  rule: 'actor-not-active',
  message: 'who started the run may act for the organization no more',
}

async function revoked(
  audit: Audit,
  { installation, actor }: DispatchRequest,
  name: string,
  { rule, message }: Revocation,
): Promise<HostCallResult> {
  const { id, organizationId, epoch } = installation
  await audit.write({
    organizationId,
    actor: `installation:${id}`,
    action: name,
    outcome: 'refused',
    rule,
    // The one that the run began with: there is none now.
    details: { epoch, ...(actor ? { startedBy: principalName(actor) } : {}) },
  })
  return refusal('PERMISSION_DENIED', message, { details: { rule } })
}

/** Our own fault: the guest learns a reference and nothing else, the log has the rest. */
function unavailable(log: Log, { installation }: DispatchRequest, error: unknown): HostCallResult {
  const reference = randomBytes(6).toString('hex')
  log.error({ err: error, reference, installationId: installation.id }, 'a host call failed')
  return refusal('UNAVAILABLE', `the platform could not serve the call (reference ${reference})`)
}
