import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { STEP_LIMITS } from '../sandbox/limits.ts'
import type { LogLine, RunFailure, StepResult } from '../sandbox/run.ts'
import type { Store } from '../storage/port.ts'
import type { FinishedRun } from './finished-run.ts'
import type { InvocationRequest } from './invocation.ts'
import { runs } from './invocations-collections.ts'
import type { LogAllowance } from './log-allowance.ts'
import { NO_USAGE, withStep } from './run-usage.ts'
import type { UsageMeter } from './usage-meter.ts'

export interface RunRecordDeps {
  store: Store
  clock: Clock
  audit: Audit
  log: Log
  allowance: LogAllowance
  meter: UsageMeter
  observe?(run: FinishedRun): void
}

/** Gathers the steps of one run into its row, written when the run is over. */
export class RunRecord {
  readonly #deps: RunRecordDeps
  readonly #runId: string
  readonly #request: InvocationRequest
  readonly #installation: ActiveInstallation
  readonly #startedAt: string
  readonly #lines: string[] = []
  readonly #logLimit: number
  #usage = NO_USAGE
  #logBytes = 0
  #linesLeftOut = 0
  #steps = 0
  #written = false

  constructor(deps: RunRecordDeps, runId: string, request: InvocationRequest, installation: ActiveInstallation) {
    this.#deps = deps
    this.#runId = runId
    this.#request = request
    this.#installation = installation
    this.#startedAt = deps.clock.iso()
    this.#logLimit = deps.allowance.of(installation.id)
  }

  async add(result: StepResult): Promise<void> {
    this.#steps++
    this.#usage = withStep(this.#usage, result)
    this.#keepLogs(result.logs)
    if (!result.ok) await this.#write(result.failure)
    else if (result.done) await this.#write(undefined)
  }

  /** Bodies of a request that was answered, in bytes. */
  noteTraffic(sent: number, received: number): void {
    const { sentBytes, receivedBytes } = this.#usage
    this.#usage = { ...this.#usage, sentBytes: sentBytes + sent, receivedBytes: receivedBytes + received }
  }

  /** Writes the row unless it is written: for a generator that was closed before its end. */
  finish(failure?: RunFailure): Promise<void> {
    return this.#write(failure)
  }

  #keepLogs(lines: readonly LogLine[]): void {
    for (const [index, line] of lines.entries()) {
      const text = JSON.stringify(line)
      const bytes = Buffer.byteLength(text) + 1
      if (this.#logBytes + bytes > this.#logLimit) {
        // What would not be kept is not written down first: a flood of lines is megabytes.
        this.#linesLeftOut += lines.length - index
        return
      }
      this.#logBytes += bytes
      this.#lines.push(text)
    }
  }

  /** The two are independent: what an extension does to one of them must not take the other along. */
  async #write(failure: RunFailure | undefined): Promise<void> {
    if (this.#written) return
    this.#written = true
    const { id: installationId, organizationId } = this.#installation
    this.#deps.meter.note({ organizationId, installationId, failed: failure !== undefined, used: this.#usage })
    const { reason } = this.#request
    const finished = { installation: this.#installation, reason, usage: this.#usage }
    this.#deps.observe?.({ ...finished, ...(failure && { failure }) })
    await Promise.all([
      this.#tried(this.#writeRow(failure)),
      failure?.incident && this.#tried(this.#auditIncident(failure)),
    ])
  }

  /** A row that cannot be written fails no run: the run's effects are already where they belong. */
  async #tried(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#deps.log.error({ err: error, runId: this.#runId }, 'The record of a run could not be written')
    }
  }

  async #writeRow(failure: RunFailure | undefined): Promise<void> {
    const { id, organizationId, extension, version } = this.#installation
    const { handler, reason, integrationId, limits } = this.#request
    this.#deps.allowance.spent(id, this.#logBytes)
    if (this.#linesLeftOut > 0) this.#lines.push(leftOut(this.#linesLeftOut))
    await this.#deps.store
      .forOrganization(organizationId)(runs)
      .insert({
        _id: this.#runId,
        installationId: id,
        extension,
        version,
        handler: handler.join('.'),
        reason,
        ...(integrationId && { integrationId }),
        outcome: failure ? 'failed' : 'succeeded',
        ...(failure && { failure: { ...failure } }),
        usage: this.#usage,
        limits: { ...STEP_LIMITS, ...limits },
        steps: this.#steps,
        logText: `[${this.#lines.join(',')}]`,
        startedAt: this.#startedAt,
        endedAt: this.#deps.clock.iso(),
      })
  }

  #auditIncident(failure: RunFailure): Promise<void> {
    const { id, organizationId, extension, version } = this.#installation
    return this.#deps.audit.write({
      organizationId,
      actor: `installation:${id}`,
      action: 'sandbox.incident',
      target: extension,
      outcome: 'failed',
      rule: failure.class,
      details: { runId: this.#runId, version, message: failure.message },
    })
  }
}

function leftOut(lines: number): string {
  const line: LogLine = { level: 'warn', message: `${lines} more lines left out` }
  return JSON.stringify(line)
}
