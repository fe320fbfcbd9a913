import type { PackageFixture } from '@annex/package/fixtures/package-fixtures'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import type { PlatformVersion } from '@annex/sdk/platform-version'
import type { LogLine, Run, RunFailure, RunUsage, Sandbox, StepLimits } from '../sandbox/run.ts'
import { boundedDispatch } from './bounded-dispatch.ts'
import { type Difference, differences } from './differences.ts'
import { limitsOf } from './handler-limits.ts'
import { functionPath, isRead } from './handler-path.ts'
import { openLocalHost } from './local-host.ts'
import { localInstallation } from './local-installation.ts'
import { createRecordedExchange, type RecordedExchange } from './recorded-exchange.ts'
import type { SeenCall } from './seen-calls.ts'
import type { TrialBudget } from './trial-budget.ts'
import { recordedUpstream, type Upstream } from './upstream.ts'

/** The code whose fixture is run. */
export interface FixtureCode {
  manifest: Manifest
  /** SHA-256 (hex) of the package. */
  digest: string
  /** The entry script. */
  source: string
}

/** Where a fixture is run, and as whom. */
export interface FixtureStage {
  sandbox: Sandbox
  platform: PlatformVersion
  /** Whose process it runs in. */
  organizationId?: string
  budget?: TrialBudget
  /** Told of each host call when it is answered. */
  onCall?: (call: SeenCall) => void
}

/** What came of one fixture. */
export interface FixtureRun {
  name: string
  handler: string
  ok: boolean
  /** What is wrong besides the end and differences: a request that is not recorded, a promise that nobody waited for. */
  problems: string[]
  differences: Difference[]
  /** How it ended, if not with a result. */
  failure?: RunFailure
  /** Whether it ended in the way that the case says: with a result or with an error. */
  endsAsExpected: boolean
  /** Of the step that used most. */
  usage: RunUsage
  limits: StepLimits
  /** Of the step that wrote most. */
  logLines: number
  /** What came in the place of `expect`; absent when the run failed. */
  actual?: unknown
  /** The first thousand. */
  logs: LogLine[]
}

/** A stream that never ends would be a test that never ends. */
const MAX_PAGES = 1000
/** JSON text of all pages. */
const MAX_CHARS = 8 * 1024 * 1024
const MAX_LOGS = 1000

/** Runs one fixture in the sandbox, on a host of its own in memory, and holds the outcome against what it expects. */
export async function runFixture(stage: FixtureStage, code: FixtureCode, fixture: PackageFixture): Promise<FixtureRun> {
  const exchange = createRecordedExchange(fixture.entries)
  const upstream = await recordedUpstream(exchange)
  try {
    return judge(fixture, exchange, await runAgainst(upstream, stage, code, fixture))
  } finally {
    await upstream.close()
  }
}

async function runAgainst(upstream: Upstream, stage: FixtureStage, code: FixtureCode, { case: it }: PackageFixture) {
  const { sandbox, platform, organizationId, budget, onCall } = stage
  const { manifest, digest } = code
  const config = (it.config ?? {}) as JsonObject
  const owner = organizationId === undefined ? {} : { organizationId }
  const installation = localInstallation(manifest, digest, config, owner)
  const host = await openLocalHost({
    ...{ installation, platform, manifest, upstream },
    ...(onCall && { onCall }),
    ...(it.secrets && { credentials: it.secrets }),
  })
  const limits = limitsOf(it.handler)
  const { id: installationId, extension, version } = installation
  const run = sandbox.start({
    ...{ organizationId: installation.organizationId, installationId, extension, version, platform, config, limits },
    ...{ digest, source: async () => code.source, handler: functionPath(it.handler) },
    args: 'input' in it ? [it.input as Json] : [],
    dispatch: boundedDispatch(host.dispatch),
    ...(budget && { signal: budget.signal }),
  })
  try {
    return { ...(await runToEnd(run, isRead(it.handler), budget)), limits }
  } finally {
    await run.close()
    await host.close()
  }
}

interface End {
  value?: unknown
  failure?: RunFailure
  usage: RunUsage
  logLines: number
  logs: LogLine[]
  /** Whether a promise failed and nobody waited for it. */
  unhandled: boolean
}

async function runToEnd(run: Run, paged: boolean, budget: TrialBudget | undefined): Promise<End> {
  const pages: Json[] = []
  let chars = 0
  const end: End = { usage: { cpuMs: 0, wallMs: 0, hostCalls: 0 }, logLines: 0, logs: [], unhandled: false }
  while (pages.length < MAX_PAGES) {
    const step = await run.step()
    budget?.spend(step.usage.cpuMs)
    end.logs.push(...step.logs.slice(0, MAX_LOGS - end.logs.length))
    end.unhandled ||= step.logs.some(isUnhandled)
    end.usage = most(end.usage, step.usage)
    end.logLines = Math.max(end.logLines, step.logs.length)
    if (!step.ok) return { ...end, failure: step.failure }
    if (!paged) return { ...end, value: step.value }
    if (step.done) return { ...end, value: pages }
    pages.push(step.value)
    chars += JSON.stringify(step.value).length
    if (chars > MAX_CHARS) return { ...end, value: `pages of more than ${MAX_CHARS} characters` }
  }
  return { ...end, value: `more than ${MAX_PAGES} pages` }
}

function judge(
  { name, case: expected }: PackageFixture,
  exchange: RecordedExchange,
  { value, failure, unhandled, ...end }: End & { limits: StepLimits },
): FixtureRun {
  const problems = [
    ...(unhandled ? ['a promise failed and nobody waited for it: see the log'] : []),
    ...exchange.unanswered.map((request) => `not in the recording: ${request}`),
    ...exchange.unused().map((request) => `recorded, but never asked for: ${request}`),
  ]
  const endsAsExpected = (failure === undefined) === (expected.error === undefined)
  const different = failure ? errorDifferences(expected, failure) : 'expect' in expected ? compare(expected, value) : []
  return {
    ...{ name, handler: expected.handler, problems, differences: different, endsAsExpected },
    ok: endsAsExpected && problems.length === 0 && different.length === 0,
    ...end,
    ...(failure ? { failure } : { actual: value }),
  }
}

/** What the sandbox says of a rejection that nobody handles. */
export function isUnhandled({ level, message }: LogLine): boolean {
  return level === 'warn' && message.startsWith('Unhandled: ')
}

/** What is compared is what crosses the boundary: JSON, in which a field that is undefined is none. */
function compare({ expect }: PackageFixture['case'], value: unknown): Difference[] {
  return differences(expect, JSON.parse(JSON.stringify(value ?? null)))
}

function errorDifferences({ error }: PackageFixture['case'], { code, message }: RunFailure): Difference[] {
  if (!error) return []
  return differences(error, error.message === undefined ? { code } : { code, message })
}

function most(a: RunUsage, b: RunUsage): RunUsage {
  return {
    cpuMs: Math.max(a.cpuMs, b.cpuMs),
    wallMs: Math.max(a.wallMs, b.wallMs),
    hostCalls: Math.max(a.hostCalls, b.hostCalls),
    fetches: Math.max(a.fetches ?? 0, b.fetches ?? 0),
    memoryBytes: Math.max(a.memoryBytes ?? 0, b.memoryBytes ?? 0),
  }
}
