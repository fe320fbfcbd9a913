import { fileText } from '../file-text.ts'
import type { Observation } from '../finding.ts'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { ManifestStage } from '../rule.ts'
import { parseScript } from './script-parser.ts'
import { type SyntaxTree, syntaxTree } from './syntax-tree.ts'

/** A script that parses. */
export interface ScriptSyntax {
  text: string
  tree: SyntaxTree
  /** Where each line begins. */
  lines: readonly number[]
}

export interface SyntaxProblem {
  problem: string
  line?: number
}

const parsed = new WeakMap<Uint8Array, ScriptSyntax | SyntaxProblem>()

/** A script, parsed and walked once for whoever asks; `undefined` for what MAN-11 refuses. */
export function syntaxOf(bytes: Uint8Array): ScriptSyntax | SyntaxProblem | undefined {
  const known = parsed.get(bytes)
  if (known) return known
  const text = bytes.length > LIMITS.entry ? undefined : fileText(bytes)
  if (text === undefined) return undefined
  const syntax = parse(text)
  parsed.set(bytes, syntax)
  return syntax
}

/** The entry of a package, if it parses; CODE-01 and MAN-11 tell of one that does not. */
export function entrySyntax({ package: { files }, manifest }: ManifestStage): ScriptSyntax | undefined {
  const bytes = files.get(manifest.annex.entry)
  const syntax = bytes && syntaxOf(bytes)
  return syntax && 'tree' in syntax ? syntax : undefined
}

/** Where in the entry something stands. */
export function entryPlace({ manifest }: ManifestStage, syntax: ScriptSyntax, index: number) {
  return { file: manifest.annex.entry, ...positionOf(syntax, index) } satisfies Partial<Observation>
}

/** Line and column, from 1 both. */
export function positionOf({ lines }: Pick<ScriptSyntax, 'lines'>, index: number): { line: number; column: number } {
  let low = 0
  let high = lines.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((lines[middle] ?? 0) <= index) low = middle
    else high = middle
  }
  return { line: low + 1, column: index - (lines[low] ?? 0) + 1 }
}

export function lineStarts(text: string): number[] {
  const lines = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1)
  return lines
}

function parse(text: string): ScriptSyntax | SyntaxProblem {
  try {
    return { text, tree: syntaxTree(parseScript(text)), lines: lineStarts(text) }
  } catch (error) {
    return syntaxProblem(error)
  }
}

export function syntaxProblem(error: unknown): SyntaxProblem {
  if (error instanceof RangeError) return { problem: 'the code is nested too deeply' }
  if (!(error instanceof SyntaxError)) throw error
  const line = 'loc' in error ? (error.loc as { line?: number }).line : undefined
  return line === undefined ? { problem: error.message } : { problem: error.message, line }
}
