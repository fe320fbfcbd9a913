import type { PackageFixtures } from './fixtures/package-fixtures.ts'

/**
 * What came of running a package in the sandbox: plain JSON, made by whoever has a sandbox, judged by the rules of the
 * stage `trial`.
 */
export interface Trial {
  /** The supported releases of the platform that the manifest's range covers, lowest first; never empty. */
  platforms: string[]
  /** Of each platform the load, the newest platform first; then the fixtures by name. */
  runs: TrialRun[]
  /** Fixtures that cannot be replayed. */
  faults: PackageFixtures['faults']
  /** Whether it was ended before all was run, as the runs took more together than a trial may. */
  stopped: boolean
}

/**
 * One run. `load` evaluates the definition, with nothing granted; `fixture` replays one, with all granted that is asked
 * for. A fixture is run on an older platform only when it passed on the newest.
 */
export interface TrialRun {
  kind: 'load' | 'fixture'
  platform: string
  /** The folder under `fixtures/`. */
  fixture?: string
  /** `streams.sites.read`. */
  handler?: string
  ok: boolean
  /** What is wrong, in words, the most telling first. */
  problems: string[]
  /** How it ended, if not with a result: where in the package, as far as is known. */
  failure?: TrialFailure
  /** What the definition said of itself; of a `load` that went well. */
  description?: unknown
  /** Which calls it made, each kind once. */
  calls: TrialCall[]
  usage: TrialUsage
  /** What `usage` is held against. */
  limits: TrialUsage
}

export interface TrialFailure {
  code: string
  message: string
  file?: string
  line?: number
  column?: number
}

/** Calls of one kind for one thing. */
export interface TrialCall {
  /** `platform.list`, `fetch`. */
  name: string
  /** The scope that it needs, in its long form. */
  scope?: string
  /** The host that it wanted to reach. */
  host?: string
  /** The event or the secret. */
  target?: string
  /** Whether the manifest declares what it needs. */
  declared: boolean
  count: number
}

export interface TrialUsage {
  cpuMs: number
  /** Bytes. */
  memory: number
  hostCalls: number
  fetches: number
}
