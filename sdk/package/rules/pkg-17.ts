import type { Rule } from '../rule.ts'

export const pkg17: Rule = {
  id: 'PKG-17',
  severity: 'error',
  stage: 'archive',
  title: 'What arrived is what was sent',
  why: 'Bytes that changed on their way are not the ones that the author tested.',
  fix: 'Send the package again, with the SHA-256 of the very file.',
  check: ({ archive, options: { declaredDigest } }) =>
    declaredDigest === undefined || declaredDigest.toLowerCase() === archive.digest
      ? []
      : [{ message: `the SHA-256 of the package is ${archive.digest}, and another one was declared` }],
}
