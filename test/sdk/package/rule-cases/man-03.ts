import type { RuleCase, RuleTry } from '../rule-case.ts'

const named = (name: string): RuleTry => ({ manifest: (it) => Object.assign(it, { name }) })

export const man03Case: RuleCase = {
  trips: [
    ...['site-import', '@acme', '@Acme/x1', '@acme/site_import', '@acme/-x', '@acme/a--b', '@acme/x/y', '@a/b'].map(
      named,
    ),
    ...['@annex/sites', '@acme/marketplace', '@acme/xn--80ak6aa92e', `@acme/${'a'.repeat(41)}`, '@acme/сайт'].map(
      named,
    ),
    { options: { publisher: 'other' } },
  ],
  passes: [
    ...['@annexe-2/sites-4-you', '@acme/marketplaces', `@acme/${'a'.repeat(40)}`].map(named),
    { options: { publisher: 'acme' } },
  ],
}
