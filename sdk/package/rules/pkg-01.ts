import type { Rule } from '../rule.ts'
import { archiveFaults } from './archive-faults.ts'

export const pkg01: Rule = {
  id: 'PKG-01',
  severity: 'error',
  stage: 'archive',
  title: 'The archive can be read in one way only',
  why: 'Bytes that two tools read differently can pass one and harm behind the other.',
  fix: 'Make the package with `annex pack`.',
  check: ({ archive }) => archiveFaults(archive, 'PKG-01'),
}
