import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { HostApi } from '../host-api/host-api.ts'
import type { Ids } from '../ids.ts'
import type { DeclarationSource } from '../installation-declarations.ts'
import type { ActiveInstallation, InstallationSource, InstalledCode, PackageSource } from '../installation-source.ts'
import type { Log } from '../log.ts'
import { PackageRefused } from '../package-refused.ts'
import type { ActorSource } from '../permissions/principal.ts'
import type { Recordings } from '../recordings/recordings.ts'
import type { Run, RunFailure, RunRequest, Sandbox, StepResult } from '../sandbox/run.ts'
import type { StackMapper } from '../sandbox/stack-mapper.ts'
import type { Page, Store } from '../storage/port.ts'
import { createCircuits, type Pass } from './circuits.ts'
import type { FinishedRun } from './finished-run.ts'
import type { InvocationOutcome, InvocationRequest, Invocations, OpenInvocation } from './invocation.ts'
import { type RunDocument, runs } from './invocations-collections.ts'
import { createLogAllowance } from './log-allowance.ts'
import { createGatedRuns, type RunGate } from './run-gate.ts'
import { RunRecord } from './run-record.ts'
import { RunRecording } from './run-recording.ts'
import { createUsageMeter, type UsageMeter } from './usage-meter.ts'

export interface InvocationsDeps {
  sandbox: Sandbox
  hostApi: HostApi
  installations: InstallationSource
  /** Absent: who starts a run keeps for as long as it lasts the rights that they began it with. */
  actors?: ActorSource
  packages: PackageSource
  /** Absent: what is installed and active may run. */
  gate?: RunGate
  /** Told of every run that is over, whatever becomes of its row; must not throw. */
  observe?(run: FinishedRun): void
  /** Says on which version of the platform a package runs; absent: on the newest. */
  declarations?: DeclarationSource
  /** Absent: no run is recorded. */
  recordings?: Recordings
  /** Absent: stacks tell places of the entry script. */
  stackMapper?: StackMapper
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  log: Log
}

export interface RunsQuery {
  installationId?: string
  integrationId?: string
  outcome?: RunDocument['outcome']
  reason?: string
  /** Only runs that ended at this instant or later, the earliest end first. */
  endedSince?: string
  limit?: number
  cursor?: string
}

export interface InvocationsService extends Invocations {
  /** Finished runs, newest first; `logText` is JSON of `LogLine[]`. */
  runs(organizationId: string, query: RunsQuery): Promise<Page<RunDocument>>
  /** One finished run. */
  run(organizationId: string, runId: string): Promise<RunDocument | undefined>
  /** What installations used. */
  readonly meter: UsageMeter
}

export function createInvocations(deps: InvocationsDeps): InvocationsService {
  const { sandbox, installations, packages, ids, store, recordings } = deps
  const circuits = createCircuits(deps)
  const gated = deps.gate && createGatedRuns(deps.gate)
  const meter = createUsageMeter(deps)
  const recordDeps = { ...deps, meter, allowance: createLogAllowance(deps.clock) }
  const run = (organizationId: string, runId: string) => store.forOrganization(organizationId)(runs).get(runId)
  return { invoke, open, runs: listRuns, run, meter }

  async function invoke(request: InvocationRequest): Promise<InvocationOutcome> {
    const opened = await open(request)
    try {
      return await opened.next()
    } finally {
      await opened.close()
    }
  }

  async function open(request: InvocationRequest): Promise<OpenInvocation> {
    const runId = ids('run')
    const installation = await currentOf(request)()
    if (!installation) return notRun(runId, NOT_INSTALLED)
    const refused = gated?.refusal(installation)
    if (refused) return notRun(runId, refused)
    const admitted = circuits.admit(installation)
    if ('refused' in admitted) return notRun(runId, admitted.refused)
    const recording = recordings && new RunRecording({ ...deps, recordings }, runId, request, installation)
    const record = new RunRecord(recordDeps, runId, request, installation)
    const started = sandbox.start({
      ...runRequest(request, installation, record, await codeOf(installation)),
      ...(recording && { tape: recording.tape }),
    })
    const run = gated?.guard(started, installation) ?? started
    const mapped = (result: StepResult) => withSourcePlaces(result, installation)
    return recorded({ run, runId, mapped, records: [record, ...(recording ? [recording] : [])], pass: admitted.pass })
  }

  function currentOf({ organizationId, installationId, staged }: InvocationRequest) {
    return staged ?? (() => installations.active(organizationId, installationId))
  }

  /** What keeps the code from running is the end of its run, and shows in its record. */
  async function codeOf(installation: ActiveInstallation): Promise<RunCode> {
    if (!deps.declarations) return { platform: PLATFORM_VERSION, source: () => sourceOf(packages, installation) }
    try {
      const { platform } = await deps.declarations.of(installation)
      if (!platform) throw new PackageRefused('PLATFORM_UNSUPPORTED', UNSUPPORTED)
      return { platform, source: () => sourceOf(packages, installation) }
    } catch (error) {
      return { platform: PLATFORM_VERSION, source: () => Promise.reject(error) }
    }
  }

  function runRequest(
    request: InvocationRequest,
    installation: ActiveInstallation,
    record: RunRecord,
    code: RunCode,
  ): RunRequest {
    const { organizationId, id, extension, version, digest } = installation
    const { actor } = request
    const { actors } = deps
    return {
      organizationId,
      installationId: id,
      extension,
      version,
      digest,
      ...code,
      handler: request.handler,
      args: request.args,
      config: { ...installation.config, ...request.config },
      dispatch: deps.hostApi.dispatchFor({
        installation,
        platform: code.platform,
        ...(actor && { actor, ...(actors && { currentActor: () => actors.current(actor) }) }),
        ...(request.cause && { cause: request.cause }),
        ...(request.credentials && { credentials: request.credentials }),
        noteTraffic: (sent, received) => record.noteTraffic(sent, received),
        current: currentOf(request),
      }),
      ...(request.signal && { signal: request.signal }),
      ...(request.limits && { limits: request.limits }),
      ...(request.deterministic && { deterministic: request.deterministic }),
    }
  }

  async function withSourcePlaces(result: StepResult, installation: ActiveInstallation): Promise<StepResult> {
    if (!deps.stackMapper) return result
    return deps.stackMapper.map(result, installation, () => packages.load(installation.digest, installation))
  }

  function listRuns(organizationId: string, query: RunsQuery): Promise<Page<RunDocument>> {
    const { installationId, integrationId, outcome, reason, endedSince, limit, cursor } = query
    return store
      .forOrganization(organizationId)(runs)
      .find({
        where: {
          ...(installationId && { installationId }),
          ...(integrationId && { integrationId }),
          ...(outcome && { outcome }),
          ...(reason && { reason }),
          ...(endedSince && { endedAt: { $gte: endedSince } }),
        },
        sort: [endedSince ? ['endedAt', 'asc'] : ['startedAt', 'desc']],
        ...(limit && { limit }),
        ...(cursor && { cursor }),
      })
  }
}

type RunCode = Pick<RunRequest, 'platform' | 'source'>

const UNSUPPORTED = 'The extension runs on no version of the platform that is offered here'

async function sourceOf(packages: PackageSource, installed: InstalledCode): Promise<string> {
  const code = await packages.load(installed.digest, installed)
  if (!code) throw new Error('The package of this version is not to be had')
  return code.source
}

interface Recorded {
  run: Run
  runId: string
  mapped(result: StepResult): Promise<StepResult>
  records: readonly (RunRecord | RunRecording)[]
  pass: Pass
}

/** Wraps a run so that its row is written once, whichever way it is over. A recording keeps what the guest itself said. */
function recorded({ run, runId, mapped, records, pass }: Recorded): OpenInvocation {
  return {
    runId,
    async next() {
      const said = await run.step()
      const result = await mapped(said)
      const adding = records.map((record) => record.add(record instanceof RunRecording ? said : result))
      await Promise.all([...adding, pass.note(result)])
      return outcomeOf(runId, result)
    },
    async close() {
      const failure = await run.close()
      if (failure) await pass.note({ ok: false, failure, usage: NOTHING_USED, logs: [] })
      pass.left()
      await Promise.all(records.map((record) => record.finish(failure)))
    },
  }
}

function outcomeOf(runId: string, result: StepResult): InvocationOutcome {
  const { usage, logs } = result
  return result.ok
    ? { ok: true, runId, value: result.value, done: result.done, usage, logs }
    : { ok: false, runId, failure: result.failure, usage, logs }
}

const NOT_INSTALLED: RunFailure = {
  class: 'USER_ERROR',
  code: 'NOT_FOUND',
  message: 'The extension is not installed here, or it is disabled',
  retryable: false,
  incident: false,
}

const NOTHING_USED = { cpuMs: 0, wallMs: 0, hostCalls: 0 }

function notRun(runId: string, failure: RunFailure): OpenInvocation {
  return {
    runId,
    next: async () => ({ ok: false, runId, failure, usage: NOTHING_USED, logs: [] }),
    close: async () => {},
  }
}
