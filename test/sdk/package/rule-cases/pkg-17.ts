import { sha256 } from '@annex/package/package-files'
import { changedPackage } from '../good-package.ts'
import type { RuleCase } from '../rule-case.ts'

const digest = sha256(changedPackage({}))
const declaring = (declaredDigest: string) => ({ options: { declaredDigest } })

export const pkg17Case: RuleCase = {
  trips: [
    declaring(sha256('another')),
    declaring(''),
    declaring(`${digest}0`),
    declaring(digest.slice(0, 32)),
    declaring(`sha256-${digest}`),
    { ...declaring(digest), files: { 'README.md': `# Another text\n${'x'.repeat(200)}` } },
  ],
  passes: [declaring(digest), declaring(digest.toUpperCase()), {}],
}
