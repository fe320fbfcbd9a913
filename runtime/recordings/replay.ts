import type { Json } from '@annex/sdk/json'
import type { Departure } from '../sandbox/playback.ts'
import type { EndClass, LogLine, RunFailure, RunUsage, Sandbox, StepLimits, StepResult } from '../sandbox/run.ts'
import { Tape } from '../sandbox/tape.ts'
import { parsedSlice } from './make-recording.ts'
import { RECORDING_LIMITS, type RecordedSlice, type Recording, resultsOf, stepsOf } from './recording.ts'

/** The code to run again: that of the recording, or another. */
export interface ReplayedCode {
  organizationId: string
  /** SHA-256 (hex) of the package. */
  digest: string
  source: () => Promise<string>
}

export interface Replay {
  /** Whether it asked the same of the host, in the same order, and came to the same end. */
  equal: boolean
  /**
   * Where the recorded run was ended from outside, and this one goes on or ends in another way: whether it asked the same
   * and gave the same values as far as the recording goes. What would have come then nobody knows.
   */
  equalSoFar: boolean
  /** Whether all that it said is equal to the byte, log lines and stack traces included. */
  identical: boolean
  /** The first call in which it differs. */
  departure?: Departure
  expected: ReplayEnd
  actual: ReplayEnd
  usage: RunUsage
  logs: LogLine[]
  slices: RecordedSlice[]
}

/** What a run came to: the value of each step, and how it failed. */
export interface ReplayEnd {
  results: Json[]
  failure?: RunFailure
}

/** How a run ends that did nothing for it itself: nothing of this happens again. */
const FROM_OUTSIDE: ReadonlySet<EndClass> = new Set(['WALL', 'CANCELLED', 'CRASH', 'QUEUE'])
/** The cage's own words for these may differ from run to run. */
const BY_LIMIT: ReadonlySet<EndClass> = new Set(['CPU', 'MEMORY'])

/**
 * Runs a recorded run again in the same sandbox, with its clock, its random numbers, and the answers of then; nothing is
 * reached. It ends where it first asks for something else. `anyArguments`: what it calls is held against the recording,
 * and not with which arguments.
 */
export async function replayRecording(
  sandbox: Sandbox,
  recording: Recording,
  code: ReplayedCode,
  anyArguments = false,
): Promise<Replay> {
  let departure: Departure | undefined
  const tape = new Tape(RECORDING_LIMITS.tapeChars)
  const departed = (from: Departure) => {
    departure ??= from
  }
  const end = await runAgain(sandbox, recording, code, { tape, departed, anyArguments })
  const slices = tape.slices.map(parsedSlice)
  departure ??= missingCall(recording, slices)
  const expected = endOf(resultsOf(recording.slices), recording.failure)
  const actual = endOf(end.results, departure ? undefined : end.failure)
  const beyond = departure && !departure.expected && isBeyond(recording) ? departure : undefined
  if (beyond) departure = undefined
  // One that still waits, as it did when it was stopped, asks for nothing beyond.
  const same = !departure && !beyond?.actual && isSameEnd(recording, expected, actual, Boolean(beyond))
  return {
    equal: same,
    equalSoFar: !same && !departure && isSameSoFar(recording, expected, actual),
    identical: same && saidIn(recording.slices) === saidIn(slices),
    ...(departure && { departure }),
    ...{ expected, actual, usage: end.usage, logs: end.logs, slices },
  }
}

interface Ways {
  tape: Tape
  departed(departure: Departure): void
  anyArguments: boolean
}

async function runAgain(sandbox: Sandbox, recording: Recording, code: ReplayedCode, ways: Ways) {
  const { input, slices, seed, installationId, extension, version } = recording
  const played = slices.map(({ enter, now, answers = [], said = [] }) => {
    return { enter, now, answers, asked: said.filter((message) => message.k === 'call' || message.k === 'timer') }
  })
  const run = sandbox.start({
    ...{ organizationId: code.organizationId, installationId, extension, version },
    ...{ digest: code.digest, source: code.source, limits: roomFor(recording), tape: ways.tape },
    ...{ handler: input.handler, args: input.args, config: input.config, platform: input.platform },
    dispatch: async () => ({ ok: false, error: { code: 'UNAVAILABLE', message: 'a replay reaches nothing' } }),
    playback: { seed, slices: played, departed: ways.departed, anyArguments: ways.anyArguments },
  })
  const end = { results: [] as Json[], usage: { cpuMs: 0, wallMs: 0, hostCalls: 0 }, logs: [] as LogLine[] }
  for (let step = 0; step < stepsOf(slices); step++) {
    const result = await run.step()
    add(end, result)
    if (!result.ok) return { ...end, failure: result.failure }
    end.results.push(result.value)
    if (result.done) break
  }
  await run.close()
  return { ...end, failure: undefined }
}

/** Time is not what is repeated: another machine may be slower. Where the computing was the end, it is again. */
function roomFor({ limits, failure }: Recording): StepLimits {
  const { sliceMs, cpuMs, wallMs } = limits
  const times = failure?.class === 'CPU' ? 1 : SLOWER
  return { ...limits, sliceMs: sliceMs * times, cpuMs: cpuMs * times, wallMs: Math.max(wallMs, LEAST_WALL_MS) }
}

const SLOWER = 4
const LEAST_WALL_MS = 30_000

function add(end: { usage: RunUsage; logs: LogLine[] }, { usage, logs }: StepResult): void {
  end.usage.cpuMs += usage.cpuMs
  end.usage.wallMs += usage.wallMs
  end.usage.hostCalls += usage.hostCalls
  end.logs.push(...logs)
}

/** A run that comes to its end has asked for less than the recorded one. */
function missingCall(recording: Recording, slices: readonly RecordedSlice[]): Departure | undefined {
  const [expected, actual] = [askedIn(recording.slices), askedIn(slices)]
  const missing = expected[actual.length]
  return missing && { index: actual.length, expected: missing }
}

function askedIn(slices: readonly RecordedSlice[]) {
  const said = slices.flatMap((slice) => slice.said ?? [])
  return said.filter((message) => message.k === 'call' || message.k === 'timer')
}

/** Whether the recording breaks off within a slice: what the guest asked for there is not known. */
function isBeyond({ slices, failure }: Recording): boolean {
  return slices.at(-1)?.said === undefined && failure !== undefined && FROM_OUTSIDE.has(failure.class)
}

function isSameEnd({ failure }: Recording, expected: ReplayEnd, actual: ReplayEnd, waits: boolean): boolean {
  if (JSON.stringify(expected.results) !== JSON.stringify(actual.results)) return false
  if (failure && FROM_OUTSIDE.has(failure.class))
    return waits || (actual.failure !== undefined && FROM_OUTSIDE.has(actual.failure.class))
  return JSON.stringify(endWords(failure)) === JSON.stringify(endWords(actual.failure))
}

function isSameSoFar({ failure }: Recording, expected: ReplayEnd, actual: ReplayEnd): boolean {
  if (!failure || !FROM_OUTSIDE.has(failure.class)) return false
  return JSON.stringify(actual.results.slice(0, expected.results.length)) === JSON.stringify(expected.results)
}

function endWords(failure: RunFailure | undefined): unknown {
  if (!failure || BY_LIMIT.has(failure.class)) return failure?.class ?? null
  return [failure.class, failure.code, failure.message, failure.retryAfter ?? null]
}

function saidIn(slices: readonly RecordedSlice[]): string {
  return JSON.stringify(slices.map(({ said }) => said ?? null))
}

function endOf(results: Json[], failure: RunFailure | undefined): ReplayEnd {
  return failure ? { results, failure } : { results }
}
