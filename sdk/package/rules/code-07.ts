import type { Observation } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { readMap } from './entry-map.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { minifiedLines } from './minified.ts'
import { whyNotReproduced } from './reproduces.ts'

export const code07: Rule = {
  id: 'CODE-07',
  severity: 'review',
  stage: 'manifest',
  title: 'Minified code comes with a source map that gives it back',
  waivable: true,
  why: 'Minified code cannot be read; with its sources it can.',
  fix: 'Let `annex pack` make the entry: it does not minify. Or put a source map with the sources in it beside the entry.',
  check: unreadable,
}

function* unreadable(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  const minified = syntax ? minifiedLines(syntax) : []
  const [first] = minified
  if (!syntax || !first) return
  const bytes = context.package.files.get(`${context.manifest.annex.entry}.map`)
  const map = bytes && readMap(bytes)
  const why = map ? whyNotReproduced(syntax, minified, map) : 'it has no source map that can be read'
  if (why !== undefined)
    yield { message: `the code is minified, and ${why}`, ...entryPlace(context, syntax, first.start) }
}
