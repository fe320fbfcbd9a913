import { lineAt } from '../blank-code.ts'
import type { Rule, SourceFile } from '../sources.ts'

/** A rule that forbids a pattern in code (never in comments or texts), but in the files that `allowed` names. */
function forbid(rule: string, pattern: RegExp, message: string, allowed: (file: SourceFile) => boolean): Rule {
  return (sources) =>
    [...sources.values()]
      .filter((file) => !allowed(file))
      .flatMap((file) =>
        [...file.blanked.code.matchAll(pattern)].map((match) => ({
          rule,
          file: file.path,
          line: lineAt(file.text, match.index),
          message,
        })),
      )
}

const nowhere = () => false
const inTests = (file: SourceFile) => /^(extensions-examples\/[^/]+\/)?test\//.test(file.path)

/**
 * The environment is read at one place, so that one page can list what can be configured. The sandbox's child looks
 * at its own to prove that it is empty.
 */
export const environment = forbid(
  'environment',
  /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[|\}\s*=\s*process\b/g,
  'process.env is read in runtime/config only',
  (file) =>
    inTests(file) || /^(runtime\/config|runtime\/sandbox\/child\/|sdk\/cli\/configuration\.ts$)/.test(file.path),
)

export const noAny = forbid('no-any', /(?:[:<,|&(]|\bas|=>)\s*any\b(?!\s*[:(.?])/g, 'any hides what comes in', nowhere)

export const noEnum = forbid('no-enum', /\benum\s+\w+\s*\{/g, 'a union of literals instead of an enum', nowhere)

export const noDefaultExport = forbid(
  'no-default-export',
  /\bexport\s+default\b|\bas\s+default\b/g,
  'exports have names; only the entry of an extension is a default export',
  (file) => /^extensions-examples\/[^/]+\/(.+\/)?src\/index\.ts$/.test(file.path),
)

export const noEval = forbid(
  'no-eval',
  /\beval\s*\(|\bnew\s+Function\s*\(/g,
  'text is not run as code',
  (file) => inTests(file) || file.path.startsWith('runtime/sandbox/child/'),
)
