import type { TransformResult } from '@annex/sdk/transformation'
import { callTransform, type TransformFailure, type TransformOutcome } from './call-transform.ts'
import { framesOf } from './frames-of.ts'
import { type Isolated, isolate } from './isolate.ts'
import type { Rejected } from './quarantine.ts'
import { type RejectList, TooManyRejected } from './reject-list.ts'
import { runFrames } from './run-frames.ts'
import { createRecordSizer, type PipeRow, type SizedRow } from './size-records.ts'
import type { SyncSession } from './sync-session.ts'

/** A crash may have been a neighbour's: once more before the records are suspected. */
const CRASH_PAUSE_MS = 1_000

type Transformed = Isolated<SizedRow, TransformResult, TransformFailure>

/**
 * Sends the rows through one transformation extension, in frames. A frame that kills it is halved until the poison is
 * alone. Answers the rows that go on, in their order; rejected ones are in `rejects`, dropped ones are told to `onDrop`.
 */
export async function transformRecords(
  session: SyncSession,
  installation: string,
  rows: readonly SizedRow[],
  rejects: RejectList,
  onDrop: (row: PipeRow, reason: string) => void,
): Promise<SizedRow[]> {
  const kept: SizedRow[] = []
  const sized = createRecordSizer('TRANSFORM', rejects)
  const call = (batch: readonly SizedRow[], signal: AbortSignal) => callTransform(session, installation, batch, signal)

  function take(one: Transformed): void {
    if ('died' in one) rejects.add(rejectedBy(one.input, one.died))
    else if ('ok' in one.output) kept.push(...sized({ ...one.input, record: one.output.ok }))
    else if ('drop' in one.output) onDrop(one.input, one.output.drop)
    else rejects.add(rejectedBy(one.input, one.output.error))
  }

  await runFrames(
    framesOf(rows),
    {
      call,
      search: (frame, failure) => search(session, { frame, failure, rejects, call }),
      take: (results) => results.forEach(take),
    },
    session.signal,
  )
  return kept
}

interface Search {
  frame: readonly SizedRow[]
  /** What became of the frame as a whole. */
  failure: TransformFailure
  rejects: RejectList
  call(batch: readonly SizedRow[], signal: AbortSignal): Promise<TransformOutcome>
}

/** Ends early, with the dead alone, when they are too many: each of them may have cost all the time that a call has. */
async function search(session: SyncSession, { frame, failure, rejects, call }: Search): Promise<Transformed[]> {
  const dead: (Transformed & { died: TransformFailure })[] = []
  let known: TransformFailure | undefined = failure

  async function run(batch: readonly SizedRow[]): Promise<TransformOutcome> {
    const before = known
    known = undefined
    let outcome: TransformOutcome = before ? { ok: false, failure: before } : await call(batch, session.signal)
    if (!outcome.ok && outcome.failure.isCrash) {
      await session.deps.sleep(CRASH_PAUSE_MS, session.signal)
      outcome = await call(batch, session.signal)
    }
    const [only] = batch
    if (!outcome.ok && only && batch.length === 1) {
      dead.push({ input: only, died: outcome.failure })
      rejects.allow(dead.map(({ input, died }) => rejectedBy(input, died)))
    }
    return outcome
  }

  try {
    return await isolate(frame, run)
  } catch (error) {
    if (error instanceof TooManyRejected) return dead
    throw error
  }
}

function rejectedBy({ externalId, raw }: PipeRow, { code, message }: { code: string; message: string }): Rejected {
  return { externalId, raw, stage: 'TRANSFORM', code, message }
}
