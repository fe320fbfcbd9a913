import type { Execution, RuleRun, SkipReason } from './execution.ts'
import { type Finding, type Observation, visible } from './finding.ts'
import type { Rule } from './rule.ts'

/** More findings of one rule help nobody, and a report must stay small. */
const MAX_FINDINGS = 50

/** Runs one rule. `fail` means that it found something, of whatever severity. */
export function runRule(rule: Rule, check: () => Iterable<Observation>): RuleRun {
  try {
    const observations = Array.from(check())
    const findings = observations.slice(0, MAX_FINDINGS).map((observation) => toFinding(rule, observation))
    const more = observations.length - findings.length
    if (more > 0) findings.push(toFinding(rule, { message: `and ${more} more of this kind`, severity: 'note' }))
    return { findings, executions: [{ rule: rule.id, outcome: findings.length > 0 ? 'fail' : 'pass' }] }
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error
    const broken = toFinding(rule, { message: `the rule could not finish (${name})`, severity: 'error' })
    return { findings: [broken], executions: [{ rule: rule.id, outcome: 'error' }] }
  }
}

export function skipRule(rule: Rule, reason: SkipReason): RuleRun {
  return { findings: [], executions: [{ rule: rule.id, outcome: 'skip', reason }] }
}

/** No rule broke: a crashed check is not a pass. */
export function allWent(executions: readonly Execution[]): boolean {
  return executions.every(({ outcome }) => outcome !== 'error')
}

function toFinding(rule: Rule, observation: Observation): Finding {
  const own = { rule: rule.id, severity: rule.severity, fix: rule.fix, docs: rule.id.toLowerCase() }
  return { ...own, ...observation, message: visible(observation.message) }
}

export function hasError(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error')
}
