import { Cron } from 'croner'

/**
 * The first instant (ISO 8601) after `after` at which the schedule is due; nothing when there is none. In the hour that
 * a change of the clocks skips it is due right after; in the one that it repeats, once, unless the hour is left open.
 */
export function nextRun({ cron, timezone }: { cron: string; timezone: string }, after: number): string | undefined {
  const next = new Cron(cron, { timezone, mode: '5-part', paused: true }).nextRun(new Date(after))
  return next?.toISOString()
}
