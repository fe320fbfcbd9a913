import { annex, type RuleCase } from '../rule-case.ts'

const platform = (range: string) => annex((it) => Object.assign(it, { platform: range }))

export const man07Case: RuleCase = {
  trips: ['1.0.0', '=1.1.0', '~1.0.0', '1.1.x', '1.0', '>=1.0.0 <1.1.0', '>=1.0.0', '*', '^1.0.0 || >=3.0.0'].map(
    platform,
  ),
  passes: ['^1.0.0', '1.x', '1', '>=1.0.0 <2.0.0', '1.0.0 || 1.1.0', '>=1.0.0 <1.2.0', '1.0.0 - 1.9.9'].map(platform),
}
