import type { Rule } from '../rule.ts'
import { archiveFaults } from './archive-faults.ts'

export const pkg03: Rule = {
  id: 'PKG-03',
  severity: 'error',
  stage: 'archive',
  title: 'What comes out of the package stays within bounds',
  why: 'A small archive can unpack to more than a machine holds.',
  fix: 'Leave out large or very repetitive files.',
  check: ({ archive }) => archiveFaults(archive, 'PKG-03'),
}
