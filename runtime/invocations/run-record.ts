import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import type { Log } from '../log.ts'
import type { EndClass, LogLine, RunFailure, StepResult } from '../sandbox/run.ts'
import type { Store } from '../storage/port.ts'
import type { InvocationRequest } from './invocation.ts'
import { runs } from './invocations-collections.ts'

interface RunRecord {
  add(result: StepResult): Promise<void>
  /** Writes the row unless it is written: for a generator that was closed before its end. */
  finish(): Promise<void>
}

const LOG_BYTES = 256 * 1024

/** Ends that the cage had to bring about: each leaves an audit row beside the run's. */
const INCIDENTS: readonly EndClass[] = ['CPU', 'WALL', 'MEMORY', 'CRASH']

/** Gathers the steps of one run into its row, written when the run is over. */
export function createRunRecord(
  { store, clock, audit, log }: { store: Store; clock: Clock; audit: Audit; log: Log },
  runId: string,
  request: InvocationRequest,
  installation: ActiveInstallation,
): RunRecord {
  const startedAt = clock.iso()
  const usage = { cpuMs: 0, wallMs: 0, hostCalls: 0 }
  const logs: LogLine[] = []
  let logBytes = 0
  let steps = 0
  let written = false
  return { add, finish: () => write(undefined) }

  async function add(result: StepResult): Promise<void> {
    steps++
    usage.cpuMs += result.usage.cpuMs
    usage.wallMs += result.usage.wallMs
    usage.hostCalls += result.usage.hostCalls
    keepLogs(result.logs)
    if (!result.ok) await write(result.failure)
    else if (result.done) await write(undefined)
  }

  function keepLogs(lines: readonly LogLine[]): void {
    for (const line of lines) {
      logBytes += JSON.stringify(line).length
      if (logBytes <= LOG_BYTES) logs.push(line)
    }
  }

  /** A row that cannot be written fails no run: the run's effects are already where they belong. */
  async function write(failure: RunFailure | undefined): Promise<void> {
    if (written) return
    written = true
    try {
      await store
        .forOrganization(installation.organizationId)(runs)
        .insert({
          _id: runId,
          installationId: installation.id,
          extension: installation.extension,
          version: installation.version,
          handler: request.handler.join('.'),
          reason: request.reason,
          ...(request.integrationId && { integrationId: request.integrationId }),
          outcome: failure ? 'failed' : 'succeeded',
          ...(failure && { failure: { ...failure } }),
          usage,
          steps,
          logs,
          startedAt,
          endedAt: clock.iso(),
        })
      if (failure && INCIDENTS.includes(failure.class)) await auditIncident(failure)
    } catch (error) {
      log.error({ error, runId }, 'The row of a run could not be written')
    }
  }

  function auditIncident(failure: RunFailure): Promise<void> {
    return audit.write({
      organizationId: installation.organizationId,
      actor: `installation:${installation.id}`,
      action: 'sandbox.incident',
      target: installation.extension,
      outcome: 'failed',
      rule: failure.class,
      details: { runId, version: installation.version, message: failure.message },
    })
  }
}
