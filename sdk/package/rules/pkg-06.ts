import type { Rule } from '../rule.ts'
import { archiveFaults } from './archive-faults.ts'

export const pkg06: Rule = {
  id: 'PKG-06',
  severity: 'error',
  stage: 'archive',
  title: 'The package holds files and folders only',
  why: 'A link leads writes and reads out of the package; devices and pipes block whoever opens them.',
  fix: 'Put the file itself in the place of the link.',
  check: ({ archive }) => archiveFaults(archive, 'PKG-06'),
}
