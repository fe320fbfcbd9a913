import type { Rule } from '../rule.ts'
import { archiveFaults } from './archive-faults.ts'

export const pkg10: Rule = {
  id: 'PKG-10',
  severity: 'error',
  stage: 'archive',
  title: 'No extension header overrides a header',
  why: 'A tool that passes over the override sees another name or another size, and so other files.',
  fix: 'Make the package with `annex pack`, or with tar in the ustar format.',
  check: ({ archive }) => archiveFaults(archive, 'PKG-10'),
}
