import { Cron } from 'croner'

/**
 * The first instant (ISO 8601) after `after` at which the schedule is due; nothing when there is none. When the hour is
 * left open (`*`), every hour counts, whatever the clocks do. Else it goes by the clock on the wall: times of an hour
 * that a change of the clocks repeats are due once, and those of one that it skips together once, right after.
 */
export function nextRun({ cron, timezone }: { cron: string; timezone: string }, after: number): string | undefined {
  const hour = cron.trim().split(/\s+/)[1] ?? '*'
  if (hour !== '*') return nextOnTheWall(cron, timezone, after)
  return new Cron(cron, { timezone, mode: '5-part', paused: true }).nextRun(new Date(after))?.toISOString()
}

/** Reckons with the times on the wall as if they were UTC, where no time is missing and none comes twice. */
function nextOnTheWall(cron: string, timezone: string, after: number): string | undefined {
  const times = new Cron(cron, { timezone: 'UTC', mode: '5-part', paused: true })
  const from = Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(timezone).toPlainDateTime()
  let wall = times.nextRun(new Date(from.toZonedDateTime('UTC').epochMilliseconds))
  while (wall) {
    const instant = firstInstantOf(wall, timezone)
    // In a repeated hour the times on the wall lie behind: those of its second pass were due in the first.
    if (instant > after) return new Date(instant).toISOString()
    wall = times.nextRun(wall)
  }
  return undefined
}

/** Of a time that is skipped, the end of the gap. Milliseconds since the Unix epoch. */
function firstInstantOf(wall: Date, timezone: string): number {
  const asked = Temporal.Instant.fromEpochMilliseconds(wall.getTime()).toZonedDateTimeISO('UTC').toPlainDateTime()
  const found = asked.toZonedDateTime(timezone, { disambiguation: 'compatible' })
  if (found.toPlainDateTime().equals(asked)) return found.epochMilliseconds
  // It was moved on by the length of the gap, to its end or later; `previous` looks strictly before.
  const gap = found.add({ minutes: 1 }).getTimeZoneTransition('previous')
  return (gap ?? found).epochMilliseconds
}
