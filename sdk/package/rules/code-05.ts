import type { Observation } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { obfuscationSigns } from './obfuscation.ts'

export const code05: Rule = {
  id: 'CODE-05',
  severity: 'review',
  stage: 'manifest',
  title: 'The entry can be read',
  waivable: true,
  why: 'Whoever installs the extension trusts that somebody could read what it does.',
  fix: 'Pack the source as it is, with `annex pack`; if a library comes so, take its readable build.',
  check: signs,
}

function* signs(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  for (const { message, index } of obfuscationSigns(syntax)) yield { message, ...entryPlace(context, syntax, index) }
}
