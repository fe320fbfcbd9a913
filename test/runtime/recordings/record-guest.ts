import { makeRecording } from '../../../runtime/recordings/make-recording.ts'
import { RECORDING_LIMITS, type Recording } from '../../../runtime/recordings/recording.ts'
import type { Replay } from '../../../runtime/recordings/replay.ts'
import { replayRecording } from '../../../runtime/recordings/replay.ts'
import type { RunRequest, Sandbox, StepResult } from '../../../runtime/sandbox/run.ts'
import { Tape } from '../../../runtime/sandbox/tape.ts'
import type { Json } from '../../../sdk/json.ts'
import { type Answering, startGuest } from '../sandbox/start-guest.ts'

export interface Recorded {
  recording: Recording
  results: StepResult[]
}

type Request = Partial<Omit<RunRequest, 'dispatch' | 'source' | 'tape'>> & { answer?: Answering }

let last = 0

/** Runs `source` in the sandbox, `steps` times at most, and gives what was recorded of it. */
export async function recordGuest(
  sandbox: Sandbox,
  source: string,
  request: Request = {},
  steps = 1,
): Promise<Recorded> {
  const tape = new Tape(RECORDING_LIMITS.tapeChars)
  const id = request.installationId ?? `ins_recorded_${++last}`
  const run = startGuest(sandbox, source, { ...request, installationId: id, tape })
  const results: StepResult[] = []
  for (let step = 0; step < steps; step++) {
    const result = await run.step()
    results.push(result)
    if (!result.ok || result.done) break
  }
  await run.close()
  const end = results.at(-1)
  const recording = makeRecording(
    {
      runId: 'run_1',
      installation: { id, extension: '@test/guest', version: '1.0.0', digest: sourceDigest(source), epoch: 1 },
      reason: 'test',
      startedAt: '2031-05-06T07:08:09.000Z',
      endedAt: '2031-05-06T07:08:10.000Z',
      ...(request.limits && { limits: request.limits }),
      ...(end && !end.ok && { failure: end.failure }),
      usage: { cpuMs: 0, wallMs: 0, hostCalls: 0 },
    },
    tape,
  )
  if (!recording) throw new Error(`nothing was recorded: ${JSON.stringify(end)}`)
  return { recording: asStored(recording), results }
}

/** Replays with `source`, as if it were the package. */
export function replayWith(sandbox: Sandbox, recording: Recording, source: string): Promise<Replay> {
  const code = { organizationId: 'org_replay', digest: sourceDigest(source), source: async () => source }
  return replayRecording(sandbox, recording, code)
}

/** As it comes back from a file. */
export function asStored(recording: Recording): Recording {
  return JSON.parse(JSON.stringify(recording))
}

export function sourceDigest(source: string): string {
  return `digest ${source.length} ${source}`
}

/** A host that answers when it likes: after none to three turns, out of order. */
export function restlessAnswers(next: () => number, refused = 0): Answering {
  return async ({ name, args }) => {
    for (let turns = Math.floor(next() * 4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    if (next() < refused) return { ok: false, error: { code: 'NOT_FOUND', message: `no ${name}` } }
    return { ok: true, value: { value: [name, args as Json, Math.floor(next() * 1000)], rev: 1 } }
  }
}
