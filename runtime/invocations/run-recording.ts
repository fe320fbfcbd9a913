import type { Clock } from '../clock.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { hideValues } from '../recordings/hide-values.ts'
import { makeRecording } from '../recordings/make-recording.ts'
import { RECORDING_LIMITS } from '../recordings/recording.ts'
import type { Recordings } from '../recordings/recordings.ts'
import type { RunFailure, StepResult } from '../sandbox/run.ts'
import { Tape } from '../sandbox/tape.ts'
import type { InvocationRequest } from './invocation.ts'

export interface RunRecordingDeps {
  recordings: Recordings
  clock: Clock
  log: Log
}

/** Keeps the recording of one run when it fails, or when it was asked for. Whatever happens here fails no run. */
export class RunRecording {
  readonly tape = new Tape(RECORDING_LIMITS.tapeChars)
  readonly #deps: RunRecordingDeps
  readonly #runId: string
  readonly #request: InvocationRequest
  readonly #installation: ActiveInstallation
  readonly #startedAt: string
  readonly #usage = { cpuMs: 0, wallMs: 0, hostCalls: 0 }
  #kept = false

  constructor(deps: RunRecordingDeps, runId: string, request: InvocationRequest, installation: ActiveInstallation) {
    this.#deps = deps
    this.#runId = runId
    this.#request = request
    this.#installation = installation
    this.#startedAt = deps.clock.iso()
  }

  async add(result: StepResult): Promise<void> {
    this.#usage.cpuMs += result.usage.cpuMs
    this.#usage.wallMs += result.usage.wallMs
    this.#usage.hostCalls += result.usage.hostCalls
    if (!result.ok) await this.#end(result.failure)
    else if (result.done) await this.#end(undefined)
  }

  /** For a generator that was closed before its end; `failure` when it went badly even then. */
  finish(failure?: RunFailure): Promise<void> {
    return this.#end(failure)
  }

  async #end(failure: RunFailure | undefined): Promise<void> {
    if (this.#kept) return
    this.#kept = true
    const { recordings, log } = this.#deps
    // What somebody stopped did not fail.
    const failed = failure && failure.class !== 'CANCELLED' && recordings.hasRoom(this.#installation.id)
    if (!failed && !this.#request.record) return
    try {
      await this.#keep(failure)
    } catch (error) {
      log.error({ err: error, runId: this.#runId }, 'The recording of a run could not be kept')
    }
  }

  async #keep(failure: RunFailure | undefined): Promise<void> {
    const { tape } = this
    if (!tape.seed) return
    const { id, organizationId, injections } = this.#installation
    const { reason, integrationId, limits, credentials = {}, personalFields = [] } = this.#request
    const run = {
      ...{ runId: this.#runId, installation: this.#installation, reason, usage: this.#usage },
      ...{ startedAt: this.#startedAt, endedAt: this.#deps.clock.iso() },
      ...(integrationId !== undefined && { integrationId }),
      ...(limits && { limits }),
      ...(failure && { failure }),
    }
    const clear = makeRecording(run, tape)
    const recording = clear && hideValues(clear, { injections, credentials, personalFields })
    await this.#deps.recordings.keep(organizationId, { runId: this.#runId, installationId: id }, recording)
  }
}
