import type { JsonObject } from '@annex/sdk/json'
import type { InvocationOutcome, OpenInvocation } from '../invocations/invocation.ts'
import { acceptRecords, type Prepared, prepareRecords } from './prepare-records.ts'
import { createRejectList, type RejectList } from './reject-list.ts'
import { type CheckedPage, readPage } from './stream-page.ts'
import { failureOfRun, SyncFailure } from './sync-failure.ts'
import { type BoundStream, connectorCall, keepLines, type SyncSession, takeLines } from './sync-session.ts'

/** A page that only has to be written. */
export interface ReadyPage {
  page: CheckedPage
  rejects: RejectList
  prepared: Prepared
  /** The connector has no more. */
  last: boolean
}

/** The pages of a stream in their order, each made ready while the one before it is written. */
export interface PagesAhead {
  /**
   * The next page, `undefined` after the last. What extensions said on the way to it is in the session now, also when it
   * rejects: with `SyncFailure` when there can be no page. The one after it is under way then.
   */
  next(): Promise<ReadyPage | undefined>
  /** Leaves nothing under way. */
  close(): Promise<void>
}

type Attempt = Pick<SyncSession, 'lines' | 'leftOut'> & ({ ready: ReadyPage | undefined } | { error: unknown })

/**
 * Reads from `checkpoint` on. While one page is written, the next one is checked and transformed and the one after that
 * is read: no more than three are held at a time.
 */
export async function openPages(
  session: SyncSession,
  stream: BoundStream,
  checkpoint: JsonObject['checkpoint'],
): Promise<PagesAhead> {
  const stop = new AbortController()
  const signal = AbortSignal.any([session.signal, stop.signal])
  const options: JsonObject = { checkpoint, upperBound: session.run.upperBound }
  const call = connectorCall({ ...session, signal }, { handler: ['streams', stream.name, 'read'], args: [options] })
  const reading = await session.deps.invocations.open(call)
  let pulled = pull(reading)
  let attempt = makeReady()

  async function makeReady(): Promise<Attempt> {
    const own: SyncSession = { ...session, signal, lines: [], leftOut: 0 }
    try {
      const ready = await readyPage(own)
      return { lines: own.lines, leftOut: own.leftOut, ready }
    } catch (error) {
      return { lines: own.lines, leftOut: own.leftOut, error }
    }
  }

  async function readyPage(own: SyncSession): Promise<ReadyPage | undefined> {
    const outcome = await pulled
    signal.throwIfAborted()
    keepLines(own, outcome.logs)
    if (!outcome.ok) throw failureOfRun(outcome.failure)
    if (outcome.done && outcome.value === null) return undefined
    const read = readPage(outcome.value)
    if (!read.ok) throw new SyncFailure('DATA_TRANSFORMATION_ERROR', `${stream.name}: ${read.message}`)
    if (!outcome.done) pulled = pull(reading)
    const { page } = read
    const rejects = createRejectList(page.records.length, () => quarantinedIn(session))
    const accepted = await acceptRecords(own, stream, page.records, rejects)
    refuseDeletedAndPresent(stream, page, new Set(accepted.map(({ externalId }) => externalId)))
    const prepared = await prepareRecords(own, stream, accepted, rejects)
    signal.throwIfAborted()
    return { page, rejects, prepared, last: outcome.done }
  }

  return {
    async next() {
      const made = await attempt
      takeLines(session, made)
      if ('error' in made) throw made.error
      if (made.ready && !made.ready.last) attempt = makeReady()
      return made.ready
    },
    async close() {
      stop.abort()
      await reading.close()
      await attempt
    },
  }
}

/** A rejection is for whoever awaits the page; a page that nobody wants any more may fail in peace. */
function pull(reading: OpenInvocation): Promise<InvocationOutcome> {
  const outcome = reading.next()
  outcome.catch(() => {})
  return outcome
}

function quarantinedIn({ run }: SyncSession): number {
  return run.streams.reduce((sum, { counters }) => sum + counters.quarantined, 0)
}

/** Whether it lives or not, the page must know. */
function refuseDeletedAndPresent({ name }: BoundStream, page: CheckedPage, present: ReadonlySet<string>): void {
  const both = page.deletedIds.find((id) => present.has(id))
  if (both === undefined) return
  throw new SyncFailure('DATA_TRANSFORMATION_ERROR', `a page of ${name} has ${both} both as a record and as deleted`)
}
