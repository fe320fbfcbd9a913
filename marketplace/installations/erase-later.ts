import { isoPlus } from '../../runtime/clock.ts'
import type { Transaction } from '../../runtime/storage/port.ts'
import { ERASE_JOB, type InstallationsDeps } from './installation-deps.ts'

/** Longer than the store lets any write take. */
const LAST_WRITE_MS = 60_000

/**
 * In the commit after which nothing of an installation may act. A call that its code had made by then may still write:
 * what such calls leave is deleted when none of them can be under way any more.
 */
export async function eraseLater(
  { jobs, clock }: Pick<InstallationsDeps, 'jobs' | 'clock'>,
  tx: Transaction,
  { organizationId, installationId }: { organizationId: string; installationId: string },
): Promise<void> {
  const runAt = isoPlus(clock.iso(), LAST_WRITE_MS)
  await jobs.enqueue(tx, { organizationId, type: ERASE_JOB, payload: { installationId }, runAt })
}
