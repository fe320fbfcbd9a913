import type { Rule } from '../rule.ts'
import { archiveFaults } from './archive-faults.ts'

export const pkg02: Rule = {
  id: 'PKG-02',
  severity: 'error',
  stage: 'archive',
  title: 'The package is small enough to take in',
  why: 'Every check, installation and start pays for the size of a package.',
  fix: 'Leave out what the extension does not need; shrink images.',
  check: ({ archive }) => archiveFaults(archive, 'PKG-02'),
}
