import { isBuiltin } from 'node:module'
import type { AnyNode, Expression, SpreadElement } from 'acorn'
import { lineOf } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { entrySyntax } from './entry-syntax.ts'

const MAX_FINDINGS = 20

export const code03: Rule = {
  id: 'CODE-03',
  severity: 'error',
  stage: 'manifest',
  title: 'The entry loads no modules',
  why: 'There are no modules in the sandbox. Code that wants those of Node wants files, processes or the network.',
  fix: 'Import libraries statically, so that they are bundled; use `ctx.fetch` and `ctx.kv` instead of Node modules.',
  check: moduleLoads,
}

function* moduleLoads(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax || !('program' in syntax)) return
  const loads: { source: Expression | SpreadElement; start: number }[] = []
  for (const node of nodes(syntax.program)) {
    const source = loadedSource(node)
    if (source) loads.push({ source, start: node.start })
  }
  const file = context.manifest.annex.entry
  for (const { source, start } of loads.sort((a, b) => a.start - b.start).slice(0, MAX_FINDINGS))
    yield { ...observe(source), file, line: lineOf(syntax.text, start) }
}

/** Every node of the tree. Without recursion: code may be nested deeper than the stack. */
function* nodes(program: AnyNode): Iterable<AnyNode> {
  const waiting: unknown[] = [program]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (Array.isArray(value)) for (const item of value) waiting.push(item)
    else if (typeof value === 'object' && value !== null && 'type' in value && 'start' in value) {
      yield value as AnyNode
      for (const child of Object.values(value)) if (typeof child === 'object') waiting.push(child)
    }
  }
}

function loadedSource(node: AnyNode): Expression | SpreadElement | undefined {
  if (node.type === 'ImportExpression') return node.source
  const requires = node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'require'
  return requires ? node.arguments[0] : undefined
}

function observe(source: Expression | SpreadElement): Observation {
  if (source.type !== 'Literal' || typeof source.value !== 'string')
    return { severity: 'review', message: 'a module is loaded under a computed name' }
  if (isBuiltin(source.value)) return { message: `the entry loads ${shown(source.value)}, a module of Node` }
  return { severity: 'review', message: `the entry loads ${shown(source.value)}, which is not bundled` }
}
