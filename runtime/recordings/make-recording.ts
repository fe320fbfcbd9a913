import type { ActiveInstallation } from '../installation-source.ts'
import { STEP_LIMITS } from '../sandbox/limits.ts'
import type { StartInput } from '../sandbox/protocol.ts'
import type { RunFailure, RunUsage, StepLimits } from '../sandbox/run.ts'
import type { Tape, TapeSlice } from '../sandbox/tape.ts'
import { OWN_ENDS, RECORDING_FORMAT, type RecordedSlice, type Recording } from './recording.ts'

/** What is known of a run beside its tape. */
export interface RecordedRun {
  runId: string
  installation: Pick<ActiveInstallation, 'id' | 'extension' | 'version' | 'digest' | 'epoch'>
  reason: string
  integrationId?: string
  startedAt: string
  endedAt: string
  limits?: Partial<StepLimits>
  failure?: RunFailure
  usage: RunUsage
}

/** `undefined` for a run that was never begun, or that was too long for its tape. */
export function makeRecording(run: RecordedRun, tape: Tape): Recording | undefined {
  const [first] = tape.slices
  if (!first || tape.isTorn) return undefined
  const { handler, args, config, installation, platform } = JSON.parse(first.heard) as StartInput
  const { id, extension, version, digest, epoch } = run.installation
  return {
    format: RECORDING_FORMAT,
    runId: run.runId,
    installationId: id,
    ...{ extension, version, digest, epoch, reason: run.reason },
    ...(run.integrationId !== undefined && { integrationId: run.integrationId }),
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    seed: tape.seed,
    limits: { ...STEP_LIMITS, ...run.limits },
    input: { handler, args, config, installation, platform },
    slices: heardSlices(tape.slices, run.failure).map(parsedSlice),
    outcome: run.failure ? 'failed' : 'succeeded',
    ...(run.failure && { failure: run.failure }),
    usage: run.usage,
    hidden: { personal: 0, secrets: 0, settled: true },
  }
}

/** A guest that came to its end by its own words heard nothing of what was already on its way to it. */
function heardSlices(slices: readonly TapeSlice[], failure: RunFailure | undefined): readonly TapeSlice[] {
  const ended = !failure || OWN_ENDS.has(failure.class)
  return ended ? slices.slice(0, slices.findLastIndex(({ said }) => said !== undefined) + 1) : slices
}

/** What is said is text of a guest; that it is not JSON is what such a run ends with. */
export function parsedSlice({ enter, now, heard, said }: TapeSlice): RecordedSlice {
  const messages = said === undefined ? undefined : parsed(said)
  return {
    enter,
    now,
    ...(enter === 'deliver' && { answers: JSON.parse(heard) }),
    ...(messages && { said: messages }),
  }
}

function parsed(said: string): NonNullable<RecordedSlice['said']> | undefined {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}
