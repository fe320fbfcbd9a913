import type { RuleCase, RuleTry } from '../rule-case.ts'

const licensed = (license: string): RuleTry => ({
  manifest: (it) => Object.assign(it, { license }),
  files: { LICENSE: 'Own words of our own' },
})

export const doc03Case: RuleCase = {
  trips: [
    { manifest: (it) => delete it.license },
    ...[
      'UNLICENSED',
      'MIT OR',
      'see the file',
      'mit',
      'Apache 2.0',
      'Apache-2',
      'GPLv3',
      'MIT-5',
      'MIT/Apache-2.0',
    ].map(licensed),
    ...['(MIT', 'MIT)', 'MIT MIT', 'OR MIT', '()', 'MIT WITH MIT', 'MIT WITH', 'LicenseRef-', 'MIT or ISC'].map(
      licensed,
    ),
    licensed('GPL-2.0'),
    { manifest: (it) => Object.assign(it, { license: 'GPL-3.0-only' }) },
    { files: { LICENSE: undefined } },
    { files: { LICENSE: '\n' } },
  ],
  passes: [
    { manifest: (it) => Object.assign(it, { license: '(MIT OR Apache-2.0)' }) },
    { manifest: (it) => Object.assign(it, { license: 'LicenseRef-Acme' }) },
    { files: { LICENSE: undefined, 'LICENCE.txt': 'Own words of our own' } },
    ...['ISC', 'EUPL-1.2', 'Apache-2.0+', 'GPL-2.0-only WITH Classpath-exception-2.0', 'CECILL-2.1'].map(licensed),
    ...['(MIT AND (BSD-3-Clause OR ISC)) OR 0BSD', 'DocumentRef-acme:LicenseRef-1'].map(licensed),
  ],
}
