import type { JsonObject } from '@annex/sdk/json'
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { Connector, Connectors } from '../connectors/connectors.ts'
import type { ConnectorStream } from '../connectors/installed-connectors.ts'
import type { SchemaValidator } from '../connectors/schema-validator.ts'
import type { Ids } from '../ids.ts'
import type { InstallationSource } from '../installation-source.ts'
import type { InvocationRequest, Invocations } from '../invocations/invocation.ts'
import type { Fence } from '../jobs/job-lease.ts'
import type { InstallationPrincipal } from '../permissions/principal.ts'
import type { Platform } from '../platform/platform.ts'
import { BACKGROUND_STEP_LIMITS } from '../sandbox/limits.ts'
import type { LogLine } from '../sandbox/run.ts'
import type { SecretBox } from '../secrets/secret-box.ts'
import type { Store } from '../storage/port.ts'
import { bindingsOf, configOf, type Integration } from './integration.ts'
import { credentialsOf } from './integration-credentials.ts'
import type { LogEntry } from './integration-log.ts'
import { personalFieldsOf } from './personal-fields.ts'
import type { SyncRun } from './run.ts'
import type { SecretRedactor } from './secret-redactor.ts'
import type { StreamBinding } from './stream-binding.ts'
import { SyncFailure } from './sync-failure.ts'

export interface SyncDeps {
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  secretBox: SecretBox
  platform: Platform
  installations: InstallationSource
  connectors: Connectors
  invocations: Invocations
  validator: SchemaValidator
  /** Rejects when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** One attempt at one run: what it works on, and what it has to say until the next commit. */
export interface SyncSession {
  readonly deps: SyncDeps
  readonly organizationId: string
  readonly integration: Integration
  readonly connector: Connector
  readonly fence: Fence
  readonly signal: AbortSignal
  /** Takes the integration's credentials out of what is kept or told of the run. */
  readonly redactor: SecretRedactor
  /** As last committed. */
  run: SyncRun
  /** Lines that the next commit writes. */
  lines: LogEntry[]
  /** How many more there were. */
  leftOut: number
}

/** A stream of the session's integration with what the connector says of it. */
export interface BoundStream {
  name: string
  binding: StreamBinding
  description: ConnectorStream
}

/** Throws `SyncFailure` when the connector, in the version installed now, has no such stream. */
export function boundStream(session: SyncSession, name: string): BoundStream {
  const binding = bindingsOf(session.integration)[name]
  const description = session.connector.streams[name]
  const able = binding?.direction === 'INBOUND' ? description?.read : description?.write
  if (!binding || !description || !able) {
    throw new SyncFailure('NOT_FOUND', `the connector has no stream ${name} that can do this`)
  }
  return { name, binding, description }
}

/**
 * Who writes: the installation alone, as it is granted now. Read anew for every page, so that a grant taken back, or an
 * extension disabled, bites at the next one.
 */
export async function principalOf(session: SyncSession): Promise<InstallationPrincipal> {
  const { integration, organizationId, deps } = session
  const active = await deps.installations.active(organizationId, integration.connectorId)
  if (!active) throw new SyncFailure('NOT_FOUND', 'the connector is not installed, or it is disabled')
  const { id, extension, version, epoch, grants } = active
  return { kind: 'installation', installationId: id, organizationId, extension, version, epoch, grants }
}

/** The call of a handler of the session's connector, with the integration's config and clear credentials. */
export function connectorCall(
  session: SyncSession,
  call: Pick<InvocationRequest, 'handler' | 'args'>,
): InvocationRequest {
  const { integration, organizationId, deps, signal } = session
  return {
    organizationId,
    installationId: integration.connectorId,
    ...call,
    reason: 'sync',
    config: configOf(integration),
    credentials: credentialsOf(deps.secretBox, integration),
    signal,
    limits: BACKGROUND_STEP_LIMITS,
    integrationId: integration._id,
    ...recordingOf(session),
  }
}

/** How runs of the session are recorded: see `InvocationRequest`. */
export function recordingOf({ integration, run }: SyncSession): Pick<InvocationRequest, 'record' | 'personalFields'> {
  return { personalFields: personalFieldsOf(integration), ...(run.record && { record: true }) }
}

/** What is held of an extension's words until the next commit: many calls stand between two, and each may say a lot. */
const MAX_LINES = 100
const MAX_LINE_CHARS = 2_000

/** Keeps what an extension logged, in its own words, for the next commit; what is too much is counted. */
export function keepLines(session: SyncSession, logs: readonly LogLine[]): void {
  const kept = logs.slice(0, Math.max(0, MAX_LINES - session.lines.length))
  session.leftOut += logs.length - kept.length
  for (const { level, message, details } of kept) {
    session.lines.push({
      level: LEVELS[level],
      message: session.redactor.text(withDetails(message, details)).slice(0, MAX_LINE_CHARS).toWellFormed(),
      source: 'extension',
      runId: session.run._id,
    })
  }
}

/** Keeps a line of the service's own for the next commit; of many alike, such as dropped records, the first ones. */
export function tell(session: SyncSession, line: Omit<LogEntry, 'source' | 'runId'>): void {
  const { lines, redactor, run } = session
  if (lines.length < 2 * MAX_LINES) lines.push({ ...line, message: redactor.text(line.message), runId: run._id })
  else session.leftOut++
}

/** Takes over what was said beside the session, as if it had been said in it. */
export function takeLines(session: SyncSession, { lines, leftOut }: Pick<SyncSession, 'lines' | 'leftOut'>): void {
  session.leftOut += leftOut
  for (const line of lines) {
    const room = line.source === 'extension' ? MAX_LINES : 2 * MAX_LINES
    if (session.lines.length < room) session.lines.push(line)
    else session.leftOut++
  }
}

const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const

function withDetails(message: string, details: JsonObject | undefined): string {
  return details === undefined ? message : `${message} ${JSON.stringify(details)}`
}
