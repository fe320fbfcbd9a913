import type { Finding } from './finding.ts'

/** How a rule went. `error`: the rule itself broke, which is not a pass. */
export interface Execution {
  rule: string
  outcome: 'pass' | 'fail' | 'skip' | 'error'
  /** Of a rule that was skipped. */
  reason?: SkipReason
}

/**
 * `not reached`: an earlier rule left nothing sound to look at. `not run`: the package was not run. `no data`: it needs
 * data from outside, which are not there.
 */
export type SkipReason = 'not reached' | 'not run' | 'no data'

export interface RuleRun {
  findings: Finding[]
  executions: Execution[]
}
