import type { Program } from 'acorn'
import { fileText } from '../file-text.ts'
import type { ManifestStage } from '../rule.ts'
import { parseScript } from './script-parser.ts'

export type EntrySyntax = { program: Program; text: string } | { problem: string; line?: number }

const parsed = new WeakMap<ManifestStage, EntrySyntax>()

/** The entry file, parsed once for all rules; `undefined` when another rule already says that there is none. */
export function entrySyntax(context: ManifestStage): EntrySyntax | undefined {
  const bytes = context.package.files.get(context.manifest.annex.entry)
  const text = bytes && fileText(bytes)
  if (text === undefined) return undefined
  const known = parsed.get(context)
  if (known) return known
  const syntax = parseEntry(text)
  parsed.set(context, syntax)
  return syntax
}

function parseEntry(text: string): EntrySyntax {
  try {
    return { program: parseScript(text), text }
  } catch (error) {
    if (error instanceof RangeError) return { problem: 'the code is nested too deeply' }
    if (!(error instanceof SyntaxError)) throw error
    const line = 'loc' in error ? (error.loc as { line?: number }).line : undefined
    return line === undefined ? { problem: error.message } : { problem: error.message, line }
  }
}
