import { coveredPlatforms } from '@annex/package/covered-platforms'
import type { ExtractedTrial } from '@annex/package/extract-trial'
import type { PackageFixture } from '@annex/package/fixtures/package-fixtures'
import type { TrialCall, TrialUsage } from '@annex/package/trial'
import type { Manifest } from '@annex/sdk/manifest'
import type { CheckResult } from '../sandbox/check-process.ts'
import { createCallTally } from './call-tally.ts'
import { type Difference, differences } from './differences.ts'
import { runAgain } from './run-again.ts'
import { type FixtureRun, runFixture } from './run-fixture.ts'
import { openTrialBudget, type TrialBudget } from './trial-budget.ts'
import type { TrialParts } from './trial-report.ts'
import { TrialUnfinished } from './trial-unfinished.ts'

/** How one version ran a fixture. */
export interface ComparedRun {
  /** Whether all came as the fixture expects it. */
  ok: boolean
  /** How it ended, if not with a result. */
  error?: { code: string; message: string }
  /** The calls that it made, each kind once. */
  calls: TrialCall[]
  usage: TrialUsage
}

/** One fixture, run by the earlier version, if there is one, and by the later one on the same recording. */
export interface ComparedFixture {
  fixture: string
  handler: string
  /** Whose fixture was run: of both, the later version's. */
  from: 'before' | 'after'
  before?: ComparedRun
  after: ComparedRun
  /** Where the later version's result is other than the earlier one's. */
  output: Difference[]
}

export interface RunComparison {
  fixtures: ComparedFixture[]
  /** Whether it was ended before all was run, as the runs took more together than a trial may. */
  stopped: boolean
}

/** Runs two packages that passed their check side by side, in the sandbox; a first one alone. */
export type CompareRuns = (before: Uint8Array | undefined, after: Uint8Array) => Promise<CheckResult<RunComparison>>

const MAX_MESSAGE = 500

export function createCompareRuns({ checker, sandbox }: TrialParts): CompareRuns {
  return async (before, after) => {
    const [was, is] = await Promise.all([before && checker.extractTrial(before), checker.extractTrial(after)])
    if (was && !was.ok) return was
    if (!is.ok) return is
    const budget = openTrialBudget()
    try {
      return { ok: true, value: await compareAll({ sandbox, budget }, was?.value, is.value) }
    } catch (error) {
      if (!(error instanceof TrialUnfinished)) throw error
      return { ok: false, code: error.code, message: error.message }
    } finally {
      budget.close()
    }
  }
}

type Stage = Pick<TrialParts, 'sandbox'> & { budget: TrialBudget }

async function compareAll(stage: Stage, was: ExtractedTrial | undefined, is: ExtractedTrial): Promise<RunComparison> {
  const own = new Set(is.fixtures.map(({ name }) => name))
  const lost = was?.fixtures.filter(({ name }) => !own.has(name)) ?? []
  const all = [
    ...is.fixtures.map((fixture) => ({ fixture, from: 'after' as const })),
    ...lost.map((fixture) => ({ fixture, from: 'before' as const })),
  ]
  const fixtures: ComparedFixture[] = []
  for (const { fixture, from } of all) {
    const before = was && (await runOne(stage, was, fixture))
    const after = await runOne(stage, is, fixture)
    // What was cut off is no result.
    if (stage.budget.signal.aborted) return { fixtures, stopped: true }
    const comparable = before && !before.run.failure && !after.run.failure
    const output = comparable ? differences(plain(before.run), plain(after.run)) : []
    const { name, case: it } = fixture
    const shown = { ...(before && { before: before.shown }), after: after.shown }
    fixtures.push({ fixture: name, handler: it.handler, from, ...shown, output })
  }
  return { fixtures, stopped: false }
}

async function runOne({ sandbox, budget }: Stage, { code }: ExtractedTrial, fixture: PackageFixture) {
  // The package passed the rules of the manifest.
  const manifest = code.manifest as unknown as Manifest
  const platform = coveredPlatforms(manifest.annex.platform).at(-1)
  if (platform === undefined) throw new TrialUnfinished('CHECK_FAILED', 'it runs on no platform that there is')
  let tally = createCallTally()
  const run = await runAgain(
    () => {
      tally = createCallTally()
      const stage = { sandbox, platform, organizationId: `trial_${code.digest}`, budget }
      const whole = { manifest, digest: code.digest, source: code.source }
      return runFixture({ ...stage, onCall: (call) => tally.add(call) }, whole, fixture)
    },
    ({ failure }) => failure,
  )
  return { run, shown: shownRun(run, tally.calls()) }
}

function shownRun({ ok, failure, usage }: FixtureRun, calls: TrialCall[]): ComparedRun {
  const { cpuMs, memoryBytes = 0, hostCalls, fetches = 0 } = usage
  return {
    ok,
    ...(failure && { error: { code: failure.code, message: failure.message.slice(0, MAX_MESSAGE).toWellFormed() } }),
    calls,
    usage: { cpuMs, memory: memoryBytes, hostCalls, fetches },
  }
}

/** What crosses the boundary is JSON, in which a field that is undefined is none. */
function plain({ actual }: FixtureRun): unknown {
  return JSON.parse(JSON.stringify(actual ?? null))
}
