/** What happens to a review or an extension and may raise or lower a flag. */
export type FlagEvent =
  | 'publisher.message'
  | 'reviewer.message'
  | 'publisher.read'
  | 'reviewer.read'
  | 'verdict.approve'
  | 'verdict.changes_requested'
  | 'verdict.reject'
  | 'verdict.automatic'
  | 'review.called_off'
  | 'automatic.off'
  | 'automatic.on'
  | 'report.opened'
  | 'report.settled'
  | 'recheck.found'
  | 'recheck.sound'

interface FlagRule {
  on: 'review' | 'extension'
  set: readonly FlagEvent[]
  cleared: readonly FlagEvent[]
  meaning: string
}

/**
 * Which event raises a flag and which one lowers it; no other does. A verdict of the machine is an event of its own: it
 * lowers nothing that a person has to look at.
 */
export const FLAGS = {
  author_replied: {
    on: 'review',
    set: ['publisher.message'],
    cleared: [
      'reviewer.message',
      'reviewer.read',
      'review.called_off',
      'verdict.approve',
      'verdict.changes_requested',
      'verdict.reject',
    ],
    meaning: 'The publisher wrote, and no reviewer has answered yet; also after the verdict.',
  },
  reviewer_wrote: {
    on: 'review',
    set: ['reviewer.message'],
    cleared: ['publisher.message', 'publisher.read'],
    meaning: 'A reviewer wrote, and nobody of the publisher has read it yet.',
  },
  manual_only: {
    on: 'extension',
    set: ['verdict.reject', 'verdict.changes_requested'],
    cleared: ['verdict.approve'],
    meaning: 'A person said no: nothing is approved automatically until a person says yes.',
  },
  automatic_off: {
    on: 'extension',
    set: ['automatic.off'],
    cleared: ['automatic.on'],
    meaning: 'A moderator has switched automatic approval off.',
  },
  reported: {
    on: 'extension',
    set: ['report.opened'],
    cleared: ['report.settled'],
    meaning: 'Somebody reported it, and no moderator has settled all reports yet.',
  },
  recheck_found: {
    on: 'extension',
    set: ['recheck.found'],
    cleared: ['recheck.sound'],
    meaning: 'A version in the catalog does not pass the rules or data of today.',
  },
} as const satisfies Record<string, FlagRule>

export type Flag = keyof typeof FLAGS
/** Each raised flag with the instant at which it was raised, ISO 8601. */
export type Flags = { [name in Flag]?: string }

/** The flags after an event. One that is up keeps its first instant: that is how long it waits. */
export function flagsAfter(flags: Flags, event: FlagEvent, on: FlagRule['on'], at: string): Flags {
  const after: Flags = { ...flags }
  for (const [name, rule] of Object.entries(FLAGS) as [Flag, FlagRule][]) {
    if (rule.on !== on) continue
    if (rule.cleared.includes(event)) delete after[name]
    if (rule.set.includes(event)) after[name] ??= at
  }
  return after
}
