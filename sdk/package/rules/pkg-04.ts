import type { Rule } from '../rule.ts'
import { archiveFaults } from './archive-faults.ts'

export const pkg04: Rule = {
  id: 'PKG-04',
  severity: 'error',
  stage: 'archive',
  title: 'Entries and paths stay within bounds',
  why: 'Endless or very deep paths break the tools and file systems that meet them.',
  fix: 'Bundle the code, and use fewer, shorter and flatter paths.',
  check: ({ archive }) => archiveFaults(archive, 'PKG-04'),
}
