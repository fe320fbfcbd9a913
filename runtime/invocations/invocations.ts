import type { Audit } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { HostApi } from '../host-api/host-api.ts'
import type { Ids } from '../ids.ts'
import type { ActiveInstallation, InstallationSource, PackageSource } from '../installation-source.ts'
import type { Log } from '../log.ts'
import type { ActorSource } from '../permissions/principal.ts'
import type { Run, RunFailure, RunRequest, Sandbox, StepResult } from '../sandbox/run.ts'
import type { Page, Store } from '../storage/port.ts'
import { createCircuits, type Pass } from './circuits.ts'
import type { InvocationOutcome, InvocationRequest, Invocations, OpenInvocation } from './invocation.ts'
import { type RunDocument, runs } from './invocations-collections.ts'
import { createLogAllowance } from './log-allowance.ts'
import { RunRecord } from './run-record.ts'

export interface InvocationsDeps {
  sandbox: Sandbox
  hostApi: HostApi
  installations: InstallationSource
  /** Absent: who starts a run keeps for as long as it lasts the rights that they began it with. */
  actors?: ActorSource
  packages: PackageSource
  store: Store
  clock: Clock
  ids: Ids
  audit: Audit
  log: Log
}

export interface RunsQuery {
  installationId?: string
  integrationId?: string
  limit?: number
  cursor?: string
}

export interface InvocationsService extends Invocations {
  /** Finished runs, newest first; `logText` is JSON of `LogLine[]`. */
  runs(organizationId: string, query: RunsQuery): Promise<Page<RunDocument>>
}

export function createInvocations(deps: InvocationsDeps): InvocationsService {
  const { sandbox, installations, packages, ids, store } = deps
  const circuits = createCircuits(deps)
  const recordDeps = { ...deps, allowance: createLogAllowance(deps.clock) }
  return { invoke, open, runs: listRuns }

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
    const installation = await installations.active(request.organizationId, request.installationId)
    if (!installation) return notRun(runId, NOT_INSTALLED)
    const admitted = circuits.admit(installation)
    if ('refused' in admitted) return notRun(runId, admitted.refused)
    const run = sandbox.start(runRequest(request, installation))
    const record = new RunRecord(recordDeps, runId, request, installation)
    return recorded(run, runId, record, admitted.pass)
  }

  function runRequest(request: InvocationRequest, installation: ActiveInstallation): RunRequest {
    const { organizationId, id, extension, version, digest } = installation
    const { actor } = request
    const { actors } = deps
    return {
      organizationId,
      installationId: id,
      extension,
      version,
      digest,
      source: () => sourceOf(packages, digest),
      handler: request.handler,
      args: request.args,
      config: { ...installation.config, ...request.config },
      dispatch: deps.hostApi.dispatchFor({
        installation,
        ...(actor && { actor, ...(actors && { currentActor: () => actors.current(actor) }) }),
        ...(request.credentials && { credentials: request.credentials }),
        current: () => installations.active(organizationId, id),
      }),
      ...(request.signal && { signal: request.signal }),
      ...(request.limits && { limits: request.limits }),
    }
  }

  function listRuns(organizationId: string, query: RunsQuery): Promise<Page<RunDocument>> {
    const { installationId, integrationId, limit, cursor } = query
    return store
      .forOrganization(organizationId)(runs)
      .find({
        where: { ...(installationId && { installationId }), ...(integrationId && { integrationId }) },
        sort: [['startedAt', 'desc']],
        ...(limit && { limit }),
        ...(cursor && { cursor }),
      })
  }
}

async function sourceOf(packages: PackageSource, digest: string): Promise<string> {
  const code = await packages.load(digest)
  if (!code) throw new Error('The package of this version is not to be had')
  return code.source
}

/** Wraps a run so that its row is written once, whichever way it is over. */
function recorded(run: Run, runId: string, record: RunRecord, pass: Pass): OpenInvocation {
  return {
    runId,
    async next() {
      const result = await run.step()
      await Promise.all([record.add(result), pass.note(result)])
      return outcomeOf(runId, result)
    },
    async close() {
      const failure = await run.close()
      if (failure) await pass.note({ ok: false, failure, usage: NOTHING_USED, logs: [] })
      pass.left()
      await record.finish(failure)
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
