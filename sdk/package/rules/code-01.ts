import type { Observation } from '../finding.ts'
import { shown } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { entrySyntax } from './entry-syntax.ts'

export const code01: Rule = {
  id: 'CODE-01',
  severity: 'error',
  stage: 'manifest',
  title: 'The entry is a classic script',
  why: 'The sandbox compiles one self-contained script; a module or broken code never starts.',
  fix: 'Let `annex pack` make the entry from the source.',
  check: syntaxProblems,
}

function* syntaxProblems(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax || 'program' in syntax) return
  const observation = {
    message: `the entry does not parse: ${shown(syntax.problem)}`,
    file: context.manifest.annex.entry,
  }
  yield syntax.line === undefined ? observation : { ...observation, line: syntax.line }
}
