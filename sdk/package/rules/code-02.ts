import type { Observation, Severity } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { type CompiledCode, compiledCode } from './compiled-code.ts'
import { isFromLibrary } from './entry-map.ts'
import { entryPlace, entrySyntax, type ScriptSyntax } from './entry-syntax.ts'

export const code02: Rule = {
  id: 'CODE-02',
  severity: 'warning',
  stage: 'manifest',
  title: 'The entry makes no code of strings',
  waivable: true,
  why: 'Nobody can review code that does not exist yet. The sandbox refuses it too, so such a call always fails.',
  fix: 'Write the function itself; take the build of a library that compiles its templates or schemas beforehand.',
  check: compilations,
}

function* compilations(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  for (const found of compiledCode(syntax.tree)) {
    const severity = severityOf(found, context, syntax)
    yield { message: messageOf(found, severity), severity, ...entryPlace(context, syntax, found.index) }
  }
}

/** How libraries ask for the global object, and whether code may be made of strings here. */
const PROBE = /^\s*(["']use strict["'];?)?\s*(return\s*(\(?this\)?|globalThis)?)?\s*;?\s*$/

/** What a library compiles fails in the sandbox, whatever it is; what an author writes is looked at by a person. */
function severityOf({ code, index }: CompiledCode, context: ManifestStage, syntax: ScriptSyntax): Severity {
  if (code !== undefined) return PROBE.test(code) ? 'note' : 'warning'
  return isFromLibrary(context, syntax, index) ? 'warning' : 'review'
}

function messageOf({ by, code }: CompiledCode, severity: Severity): string {
  if (severity === 'note') return `a string is given to ${by} to see what comes of it`
  return `${by} makes code of ${code === undefined ? 'a string that is not written down' : 'a string'}`
}
