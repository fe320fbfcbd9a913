import type { RuleCase } from '../rule-case.ts'

const log = (text: string) => ({ files: { 'CHANGELOG.md': text } })

export const doc04Case: RuleCase = {
  trips: [
    log(''),
    log('# Changelog\n\n## 1.1.0\n\n- Since 1.2.0 was planned\n'),
    log('# Changelog\n\n## 1.2.0-beta.1\n\n- First try\n'),
    log('# Changelog\n\n## 11.2.0\n'),
    { files: { 'CHANGELOG.md': undefined }, outside: { versions: ['1.1.0'] } },
  ],
  passes: [
    log('# Changelog\n\n## [v1.2.0] - 2026-01-31\n\n- Faster\n'),
    log('1.2.0\n=====\n\n- Faster\n'),
    log('Changes\n\n**1.2.0:** faster\n'),
    log('# 1.2.0 (2026-01-31)\r\n\r\nFaster\r\n'),
    { files: { 'CHANGELOG.md': undefined }, outside: { versions: [] } },
    { files: { 'CHANGELOG.md': undefined }, outside: { versions: ['1.2.0'] } },
    { files: { 'CHANGELOG.md': undefined } },
  ],
}
