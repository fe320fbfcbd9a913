import { fileText } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'
import { type SyntaxProblem, syntaxOf, syntaxProblem } from './entry-syntax.ts'
import { parseLoosely } from './script-parser.ts'

const SCRIPT = /\.(js|mjs|cjs)$/i
/** Scripts beside the entry never run: reading all that a package may hold is not worth the time it takes. */
const MAX_BYTES = 1024 * 1024

export const code01: Rule = {
  id: 'CODE-01',
  severity: 'error',
  stage: 'manifest',
  title: 'Scripts parse, and the entry is a classic script',
  why: 'The sandbox compiles one self-contained script; a module or broken code never starts.',
  fix: 'Let `annex pack` make the entry from the source, and correct or leave out scripts that do not parse.',
  check: (context) => [...entryProblem(context), ...otherProblems(context)],
}

function* entryProblem({ manifest, package: { files } }: ManifestStage): Iterable<Observation> {
  const { entry } = manifest.annex
  const bytes = files.get(entry)
  const syntax = bytes && syntaxOf(bytes)
  if (syntax && 'problem' in syntax) yield observe(syntax, 'the entry', entry)
}

function* otherProblems({ manifest, package: { files } }: ManifestStage): Iterable<Observation> {
  let left = MAX_BYTES
  for (const [path, bytes] of files) {
    if (path === manifest.annex.entry || !SCRIPT.test(path) || bytes.length > left) continue
    left -= bytes.length
    const text = fileText(bytes)
    if (text === undefined) yield { severity: 'warning', message: 'the script is not UTF-8', file: shownPath(path) }
    else {
      const problem = problemOf(text)
      if (problem) yield { ...observe(problem, 'the script', shownPath(path)), severity: 'warning' }
    }
  }
}

function problemOf(text: string): SyntaxProblem | undefined {
  try {
    parseLoosely(text)
    return undefined
  } catch (error) {
    return syntaxProblem(error)
  }
}

function observe({ problem, line }: SyntaxProblem, what: string, file: string): Observation {
  const observation = { message: `${what} does not parse: ${shown(problem)}`, file }
  return line === undefined ? observation : { ...observation, line }
}
