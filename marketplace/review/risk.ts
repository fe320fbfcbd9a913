import type { Finding } from '@annex/package/finding'
import type { Capabilities } from '@annex/sdk/manifest/capabilities'

/** What a version may do harm by, and what speaks for it. */
export interface RiskFacts {
  findings: readonly Pick<Finding, 'rule' | 'severity'>[]
  capabilities: Pick<Capabilities, 'scopes' | 'egress' | 'configHosts' | 'credentials'>
  /** In words, what it may do and the last approved version might not. */
  widened: readonly string[]
  /** No version of it was approved before. */
  first: boolean
  /** Bytes of code that the last approved version has not. */
  changedCode: number
  /** Verdicts of persons that did not approve. */
  rejections: number
  /** Verdicts of persons that approved. */
  approvals: number
  openReports: number
  /** A version in the catalog does not pass the rules of today. */
  recheckFound: boolean
  /** Organizations that have it. */
  organizations: number
  verifiedPublisher: boolean
  publisherDays: number
}

export type RiskReason = { reason: string; weight: number }
export type RiskBand = 'low' | 'elevated' | 'high'
export type Risk = { score: number; band: RiskBand; reasons: RiskReason[] }

/** From these scores on a band begins. */
export const BANDS = { elevated: 80, high: 200 } as const

/** Weights of rules that tell more than their severity does. */
const RULE_WEIGHTS: Readonly<Record<string, number>> = {
  'CODE-02': 50,
  'CODE-03': 60,
  'CODE-04': 80,
  'CODE-05': 100,
  'CODE-07': 100,
  'CODE-08': 100,
  'CODE-11': 30,
  'CODE-13': 2000,
  'MAN-09': 40,
  'MAN-14': 60,
}
const SEVERITY_WEIGHTS = { error: 100, review: 40, warning: 5, note: 0 } as const
/** Each further finding of one rule. */
const AGAIN = 10
const MOST_OF_A_RULE = 200
const MOST = 100
const CODE_UNIT = 5 * 1024
const ORGANIZATIONS_UNIT = 100
const NEW_PUBLISHER_DAYS = 30

/** The score is the sum of its reasons, and at least 0. */
export function assessRisk(facts: RiskFacts): Risk {
  const reasons = [...ofFindings(facts), ...ofAbilities(facts), ...ofHistory(facts)].filter(
    ({ weight }) => weight !== 0,
  )
  const score = Math.max(
    0,
    reasons.reduce((sum, { weight }) => sum + weight, 0),
  )
  return { score, band: bandOf(score), reasons }
}

function bandOf(score: number): RiskBand {
  if (score >= BANDS.high) return 'high'
  return score >= BANDS.elevated ? 'elevated' : 'low'
}

function ofFindings({ findings }: RiskFacts): RiskReason[] {
  const byRule = Map.groupBy(findings, ({ rule }) => rule)
  return [...byRule].map(([rule, found]) => {
    const first = Math.max(...found.map(({ severity }) => weightOf(rule, severity)))
    const more = first === 0 ? 0 : (found.length - 1) * AGAIN
    const most = Math.max(first, MOST_OF_A_RULE)
    return { reason: `${rule}: ${times(found.length, 'finding')}`, weight: Math.min(most, first + more) }
  })
}

/** What an author may shrug off as a note weighs nothing, whatever its rule. */
function weightOf(rule: string, severity: Finding['severity']): number {
  if (severity === 'note') return 0
  return Math.max(RULE_WEIGHTS[rule] ?? 0, SEVERITY_WEIGHTS[severity])
}

function ofAbilities({ capabilities, widened }: RiskFacts): RiskReason[] {
  const { scopes, egress, configHosts, credentials } = capabilities
  const writes = [...scopes.required, ...scopes.optional].filter(({ scope }) => scope.startsWith('write:'))
  const wide = egress.filter(({ host }) => host.startsWith('*.'))
  const any = configHosts.filter(({ match }) => match === 'any')
  return [
    { reason: `may write: ${times(writes.length, 'scope')}`, weight: Math.min(20, writes.length * 5) },
    { reason: `reaches every name below ${times(wide.length, 'host')}`, weight: Math.min(40, wide.length * 20) },
    { reason: `reaches ${times(any.length, 'host')} of anybody's choice`, weight: Math.min(40, any.length * 20) },
    { reason: 'asks for credentials', weight: credentials ? 10 : 0 },
    {
      reason: `may do more than before: ${widened.slice(0, 3).join(', ')}`,
      weight: Math.min(MOST, widened.length * 40),
    },
  ]
}

function ofHistory(facts: RiskFacts): RiskReason[] {
  const { first, changedCode, rejections, approvals, openReports, recheckFound, organizations } = facts
  const kilobytes = Math.ceil(changedCode / 1024)
  const fresh = facts.publisherDays < NEW_PUBLISHER_DAYS
  return [
    { reason: 'the first version', weight: first ? 20 : 0 },
    { reason: `${kilobytes} kB of code are new`, weight: capped(Math.floor(changedCode / CODE_UNIT)) },
    { reason: `${times(rejections, 'verdict')} against it`, weight: capped(rejections * 10) },
    { reason: times(openReports, 'open report'), weight: capped(openReports * 15) },
    { reason: 'what is in the catalog does not pass the rules of today', weight: recheckFound ? 100 : 0 },
    {
      reason: `${times(organizations, 'organization')} have it`,
      weight: capped(Math.floor(organizations / ORGANIZATIONS_UNIT)),
    },
    { reason: 'the publisher is not verified', weight: facts.verifiedPublisher ? 0 : 20 },
    { reason: `the publisher is younger than ${NEW_PUBLISHER_DAYS} days`, weight: fresh ? 20 : 0 },
    { reason: `${times(approvals, 'version')} approved by persons`, weight: -capped(approvals * 10) },
  ]
}

function capped(weight: number): number {
  return Math.min(MOST, weight)
}

function times(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
