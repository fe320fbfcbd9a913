import type { ExtractedTrial } from '@annex/package/extract-trial'
import type { PackageFixture } from '@annex/package/fixtures/package-fixtures'
import { PACKAGE_LIMITS } from '@annex/package/limits'
import type { Trial, TrialCall, TrialFailure, TrialRun, TrialUsage } from '@annex/package/trial'
import type { Manifest } from '@annex/sdk/manifest'
import type { PlatformVersion } from '@annex/sdk/platform-version'
import { CAGE_LIMITS, STEP_LIMITS } from '../sandbox/limits.ts'
import type { PackageChecker } from '../sandbox/package-checker.ts'
import type { RunFailure, RunUsage, Sandbox, StepLimits, StepResult } from '../sandbox/run.ts'
import { createCallTally } from './call-tally.ts'
import { failurePlace } from './failure-place.ts'
import { functionPath } from './handler-path.ts'
import { runAgain } from './run-again.ts'
import { type FixtureRun, isUnhandled, runFixture } from './run-fixture.ts'
import { schemaProblems } from './schema-problems.ts'
import { openTrialBudget, type TRIAL_LIMITS, type TrialBudget } from './trial-budget.ts'

export interface TrialRequest extends ExtractedTrial {
  sandbox: Sandbox
  checker: Pick<PackageChecker, 'validateMany' | 'trace'>
  /** Lowest first; at least one. */
  platforms: readonly PlatformVersion[]
  /** `TRIAL_LIMITS` unless given. */
  limits?: { [name in keyof typeof TRIAL_LIMITS]: number }
}

/**
 * Runs a package that nobody has looked at yet: its definition with no grant, then its fixtures with all that the
 * manifest asks for, in a process that it shares with nobody, on a store of its own. Throws `TrialUnfinished` when that
 * could not be done through no fault of the package.
 */
export async function runTrial(request: TrialRequest): Promise<Trial> {
  const { platforms, faults } = request
  const budget = openTrialBudget(request.limits)
  try {
    const trial = new TrialRuns(request, budget)
    await trial.runAll()
    return { platforms: [...platforms], runs: trial.runs, faults, stopped: trial.stopped }
  } finally {
    budget.close()
  }
}

const MAX_PROBLEMS = 20
const PROBLEM_CHARS = 500

class TrialRuns {
  readonly runs: TrialRun[] = []
  stopped = false
  readonly #request: TrialRequest
  readonly #budget: TrialBudget
  readonly #manifest: Manifest
  /** A process is one organization's: no package can reach into the trial of another. */
  readonly #organizationId: string

  constructor(request: TrialRequest, budget: TrialBudget) {
    this.#request = request
    this.#budget = budget
    this.#organizationId = `trial_${request.code.digest}`
    // The package passed the rules of the manifest.
    this.#manifest = request.code.manifest as unknown as Manifest
  }

  async runAll(): Promise<void> {
    const platforms = this.#request.platforms.toReversed()
    const descriptions = new Map<PlatformVersion, unknown>()
    for (const platform of platforms) {
      const run = await this.#keep(() => this.#load(platform))
      if (run?.ok) descriptions.set(platform, run.description)
    }
    for (const fixture of this.#request.fixtures)
      for (const platform of platforms) {
        if (!descriptions.has(platform)) break
        const run = await this.#keep(() => this.#fixture(fixture, platform, descriptions.get(platform)))
        if (!run?.ok) break
      }
  }

  /** A run that was cut off is no result. */
  async #keep(work: () => Promise<TrialRun>): Promise<TrialRun | undefined> {
    if (this.stopped) return undefined
    const run = await work()
    this.stopped = this.#budget.signal.aborted
    if (this.stopped) return undefined
    this.runs.push(run)
    return run
  }

  async #load(platform: PlatformVersion): Promise<TrialRun> {
    const calls = new Map<string, TrialCall>()
    const step = await runAgain(
      () => this.#describe(platform, calls),
      (end) => (end.ok ? undefined : end.failure),
    )
    this.#budget.spend(step.usage.cpuMs)
    const called = [...calls.values()]
    const unhandled = step.logs.filter(isUnhandled)
    const large = step.ok && JSON.stringify(step.value).length > PACKAGE_LIMITS.describe
    const problems = [
      ...(step.ok ? [] : [endOf(step.failure)]),
      ...(large ? ['its description is larger than it may be'] : []),
      ...called.map(({ name }) => `it calls ${name} while it is loaded`),
      ...unhandled.slice(0, 1).map(({ message }) => `a promise failed while it was loaded: ${headOf(message)}`),
    ]
    return {
      ...{ kind: 'load', platform, ok: problems.length === 0, problems: bounded(problems), calls: called },
      ...{ usage: usageOf(step.usage), limits: limitsOf(STEP_LIMITS) },
      ...(step.ok && !large && { description: step.value }),
      ...(!step.ok && { failure: await this.#failure(step.failure) }),
    }
  }

  async #describe(platform: PlatformVersion, calls: Map<string, TrialCall>): Promise<StepResult> {
    const { sandbox, code } = this.#request
    const { name: extension, version } = this.#manifest
    const run = sandbox.start({
      ...{ organizationId: this.#organizationId, installationId: 'ins_local', extension, version, platform },
      ...{ digest: code.digest, source: async () => code.source, handler: ['$describe'], args: [], config: {} },
      dispatch: async ({ name }) => {
        const call = calls.get(name) ?? { name, declared: false, count: 0 }
        calls.set(name, { ...call, count: call.count + 1 })
        return { ok: false, error: { code: 'PERMISSION_DENIED', message: `nothing is granted while it is loaded` } }
      },
      signal: this.#budget.signal,
    })
    try {
      return await run.step()
    } finally {
      await run.close()
    }
  }

  async #fixture(fixture: PackageFixture, platform: PlatformVersion, description: unknown): Promise<TrialRun> {
    const { sandbox, code, checker } = this.#request
    const whole = { manifest: this.#manifest, digest: code.digest, source: code.source }
    const stage = { sandbox, platform, organizationId: this.#organizationId, budget: this.#budget }
    let tally = createCallTally()
    const run = await runAgain(
      () => {
        tally = createCallTally()
        return runFixture({ ...stage, onCall: (call) => tally.add(call) }, whole, fixture)
      },
      ({ failure }) => failure,
    )
    const unfit = run.failure
      ? []
      : await schemaProblems(checker.validateMany, description, functionPath(run.handler).join('.'), run.actual)
    const problems = [...problemsOf(run, fixture), ...unfit]
    return {
      ...{ kind: 'fixture', platform, fixture: run.name, handler: run.handler },
      ...{ ok: problems.length === 0, problems: bounded(problems), calls: tally.calls() },
      ...{ usage: usageOf(run.usage), limits: limitsOf(run.limits) },
      ...(run.failure && { failure: await this.#failure(run.failure) }),
    }
  }

  async #failure(failure: RunFailure): Promise<TrialFailure> {
    const { checker, code } = this.#request
    const place = await failurePlace(checker.trace, code, this.#manifest, failure)
    const [message = ''] = bounded([failure.message])
    return { code: failure.code, message, ...place }
  }
}

function problemsOf(run: FixtureRun, { case: { error } }: PackageFixture): string[] {
  const { failure, endsAsExpected, differences } = run
  const end = failure ? endOf(failure) : `no error, but ${error?.code} was expected`
  const different = differences.map(
    ({ path, expected = 'nothing', actual = 'nothing' }) => `at ${path} it gives ${actual} and not ${expected}`,
  )
  return [...(endsAsExpected ? [] : [end]), ...different, ...run.problems]
}

/** How the cage words the end of a run may differ from one to the next. */
const LIMIT_WORDS: Partial<Record<RunFailure['class'], string>> = {
  CPU: 'it computes for longer than it may',
  MEMORY: 'it takes more memory than it may',
  WALL: 'it takes longer than it may, or waits for what never comes',
  CRASH: 'it ends the process that it runs in',
}

function endOf({ class: ending, code, message }: RunFailure): string {
  return LIMIT_WORDS[ending] ?? `it ends with ${code}: ${message}`
}

function headOf(message: string): string {
  return message.replace(/^Unhandled: /, '').split('\n', 1)[0] ?? ''
}

function bounded(problems: readonly string[]): string[] {
  return problems.slice(0, MAX_PROBLEMS).map((problem) => problem.slice(0, PROBLEM_CHARS).toWellFormed())
}

function usageOf({ cpuMs, memoryBytes = 0, hostCalls, fetches = 0 }: RunUsage): TrialUsage {
  return { cpuMs, memory: memoryBytes, hostCalls, fetches }
}

function limitsOf({ cpuMs, hostCalls, fetches }: StepLimits): TrialUsage {
  return { cpuMs, memory: CAGE_LIMITS.growthBytes, hostCalls, fetches }
}
