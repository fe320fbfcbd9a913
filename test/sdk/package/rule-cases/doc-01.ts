import type { RuleCase } from '../rule-case.ts'

export const doc01Case: RuleCase = {
  trips: [
    { files: { 'README.md': undefined } },
    { files: { 'README.md': `# Short\n${' '.repeat(500)}` } },
    { files: { 'docs/README.md': 'x', 'README.md': undefined } },
  ],
  passes: [{ files: { 'README.md': 'x'.repeat(100) } }],
}
