import { MANIFEST_FILE } from '../manifest-file.ts'
import type { Rule } from '../rule.ts'

export const man01: Rule = {
  id: 'MAN-01',
  severity: 'error',
  stage: 'files',
  title: 'package.json is plain JSON',
  why: 'With a key that stands twice, two readers take two different manifests out of one file.',
  fix: 'Write package.json as UTF-8 without a byte order mark or comments, each key once.',
  check: ({ packageJson }) => {
    if (packageJson.ok)
      return isObject(packageJson.value) ? [] : [{ message: 'it is not an object', file: MANIFEST_FILE }]
    return packageJson.problems.map((problem) => ({ ...problem, file: MANIFEST_FILE }))
  },
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
