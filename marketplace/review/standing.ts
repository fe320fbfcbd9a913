import type { Handle } from '../../runtime/storage/port.ts'
import { written } from '../publishing/commit.ts'
import { type FlagEvent, flagsAfter } from './flags.ts'
import { type StandingDocument, standings } from './review-collections.ts'

type Standing = Pick<StandingDocument, 'approvals' | 'rejections' | 'firstApprovedAt' | 'openReports' | 'flags'>

const NOTHING: Standing = { approvals: 0, rejections: 0, openReports: 0, flags: {} }

export async function standingOf(handle: Handle, extension: string): Promise<Standing> {
  return (await handle(standings).get(extension)) ?? NOTHING
}

/** Writes down what happened to an extension, in the caller's commit. */
export async function recordStanding(
  handle: Handle,
  extension: string,
  event: FlagEvent,
  at: string,
  openReports?: number,
): Promise<void> {
  const current = await handle(standings).get(extension)
  const before = current ?? NOTHING
  const next: Standing = {
    approvals: before.approvals + (event === 'verdict.approve' ? 1 : 0),
    rejections: before.rejections + (isAgainst(event) ? 1 : 0),
    openReports: openReports ?? before.openReports,
    flags: flagsAfter(before.flags, event, 'extension', at),
    ...(event === 'verdict.approve' ? { firstApprovedAt: before.firstApprovedAt ?? at } : firstOf(before)),
  }
  if (current) written(await handle(standings).patch(extension, { set: next }, { rev: current.rev }))
  // Two first verdicts at once: with an insert, the later one would fail instead of looking again.
  else await handle(standings).put({ _id: extension, ...next })
}

function isAgainst(event: FlagEvent): boolean {
  return event === 'verdict.reject' || event === 'verdict.changes_requested'
}

function firstOf({ firstApprovedAt }: Standing): Pick<Standing, 'firstApprovedAt'> {
  return firstApprovedAt === undefined ? {} : { firstApprovedAt }
}
