import { annex, type RuleCase } from '../rule-case.ts'

export const man06Case: RuleCase = {
  trips: ['>=2.0.0', 'soon', '<1.0.0', '1.0.0 - '].map((platform) => annex((it) => Object.assign(it, { platform }))),
  passes: ['^1.0.0', '1.x', '>=0.9.0'].map((platform) => annex((it) => Object.assign(it, { platform }))),
}
