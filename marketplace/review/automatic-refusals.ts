import { isoPlus } from '../../runtime/clock.ts'
import type { Flags } from './flags.ts'
import type { Risk } from './risk.ts'

/** Below this score a machine may approve. */
export const AUTOMATIC_RISK = 80
/** How long a person must have known the extension. */
export const AUTOMATIC_AFTER_MS = 24 * 3_600_000

export interface AutomaticFacts {
  verifiedPublisher: boolean
  /** Verdicts of persons that approved. */
  approvals: number
  /** ISO 8601. */
  firstApprovedAt?: string
  widened: readonly string[]
  risk: Pick<Risk, 'score'>
  /** Findings that want a person, waived before or not. */
  reviewFindings: readonly { rule: string }[]
  flags: Flags
  /** A reviewer looks at it right now. */
  claimed: boolean
  /** ISO 8601. */
  now: string
}

/** What stands against an approval without a person, in words; empty when nothing does. */
export function automaticRefusals(facts: AutomaticFacts): string[] {
  const { approvals, widened, risk, reviewFindings, flags } = facts
  const rules = [...new Set(reviewFindings.map(({ rule }) => rule))]
  return [
    ...(facts.verifiedPublisher ? [] : ['the publisher is not verified']),
    ...(approvals > 0 ? [] : ['no version was approved by a person yet']),
    ...(isKnown(facts) ? [] : ['a person approved the first version less than 24 hours ago']),
    ...(widened.length === 0 ? [] : [`it may do more than before: ${widened.slice(0, 5).join(', ')}`]),
    ...(risk.score < AUTOMATIC_RISK ? [] : [`its risk is ${risk.score}, and below ${AUTOMATIC_RISK} is asked for`]),
    ...(rules.length === 0 ? [] : [`findings want a review: ${rules.join(', ')}`]),
    ...(flags.manual_only === undefined ? [] : ['the last verdict of a person was not an approval']),
    ...(flags.automatic_off === undefined ? [] : ['a moderator has switched automatic approval off']),
    ...(flags.reported === undefined ? [] : ['reports about it are open']),
    ...(flags.recheck_found === undefined ? [] : ['what is in the catalog does not pass the rules of today']),
    ...(facts.claimed ? ['a reviewer looks at it'] : []),
  ]
}

/** From when on (ISO 8601) the extension is known for long enough. */
export function knownFrom({ firstApprovedAt }: Pick<AutomaticFacts, 'firstApprovedAt'>): string | undefined {
  return firstApprovedAt === undefined ? undefined : isoPlus(firstApprovedAt, AUTOMATIC_AFTER_MS)
}

function isKnown(facts: AutomaticFacts): boolean {
  const from = knownFrom(facts)
  return from === undefined || from <= facts.now
}
