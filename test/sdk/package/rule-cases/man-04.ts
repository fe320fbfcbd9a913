import type { RuleCase } from '../rule-case.ts'

export const man04Case: RuleCase = {
  trips: ['1.2', 'v1.2.0', ' 1.2.0', '1.2.0+build', '01.2.0', 'latest', '1.2.0-01', '1.2.0-9007199254740993'].map(
    (version) => ({
      manifest: (it) => Object.assign(it, { version }),
    }),
  ),
  passes: ['1.2.0-beta.1', '1.2.0-9007199254740991'].map((version) => ({
    manifest: (it) => Object.assign(it, { version }),
  })),
}
