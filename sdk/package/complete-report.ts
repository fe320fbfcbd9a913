import type { Manifest } from '@annex/sdk/manifest'
import type { RuleRun } from './execution.ts'
import type { Outside } from './outside.ts'
import type { PackageReport, Report } from './report.ts'
import type { CheckOptions, Rule, TrialStage } from './rule.ts'
import { RULES } from './rules.ts'
import { allWent, hasError, runRule, skipRule } from './run-rules.ts'
import type { Trial } from './trial.ts'
import { usedAgainstAsked } from './used-against-asked.ts'
import { waive } from './waivers.ts'

/** A report of a package that passed the rules over its bytes, and so can be run. */
export type RunnableReport = Report & { package: PackageReport }

/** The report with what the rules say of the package's runs. Plain data only: nothing of the package is parsed here. */
export function completeReport(
  report: RunnableReport,
  trial: Trial,
  options: CheckOptions = {},
  rules: readonly Rule[] = RULES,
): RunnableReport {
  const run = ofTrial({ package: report.package, trial, options }, rules)
  const executions = report.executions.map((was) => run.executions.find(({ rule }) => rule === was.rule) ?? was)
  const manifest = report.package.manifest as unknown as Manifest
  const findings = [...report.findings, ...waive(run.findings, manifest, rules)]
  const measured = trial.runs.flatMap(({ fixture, platform, usage }) =>
    fixture === undefined ? [] : [{ fixture, platform, ...usage }],
  )
  return {
    ...report,
    ok: report.ok && !hasError(findings) && allWent(executions),
    findings,
    executions,
    use: usedAgainstAsked(report.package, trial),
    measured,
  }
}

function ofTrial(stage: TrialStage, rules: readonly Rule[]): RuleRun {
  return joined(rules.map((rule) => (rule.stage === 'trial' ? runRule(rule, () => rule.check(stage)) : undefined)))
}

/** What the rules say that need data from outside, held against what there is of it. */
export function checkOutside(held: PackageReport, outside: Outside, rules: readonly Rule[] = RULES): RuleRun {
  const run = joined(
    rules.map((rule) => {
      const look = rule.outside
      if (!look) return undefined
      let known = true
      const result = runRule(rule, () => {
        const found = look({ package: held, outside })
        known = found !== undefined
        return found ?? []
      })
      return known ? result : skipRule(rule, 'no data')
    }),
  )
  return { ...run, findings: waive(run.findings, held.manifest as unknown as Manifest, rules) }
}

function joined(runs: readonly (RuleRun | undefined)[]): RuleRun {
  return {
    findings: runs.flatMap((run) => run?.findings ?? []),
    executions: runs.flatMap((run) => run?.executions ?? []),
  }
}
