import { annex, type RuleCase } from '../rule-case.ts'

const needs = (dependencies: object) => annex((it) => Object.assign(it, { dependencies }))

export const man12Case: RuleCase = {
  trips: [
    needs({ '@acme/site-import': '^1.0.0' }),
    needs({ dates: '^1.0.0' }),
    needs({ '@acme/Dates': '^1.0.0' }),
    needs({ '@acme/dates/src': '^1.0.0' }),
    needs({ '@acme/dates': 'latest' }),
    needs({ '@acme/dates': ' ' }),
    needs({ '@acme/dates': 'npm:lodash@4' }),
    needs({ '@acme/dates': 'https://example.com/dates.tgz' }),
  ],
  passes: [needs({}), needs({ '@acme/dates': '^1.2.0', '@other/site-import': '1.x || 2.x' })],
}
