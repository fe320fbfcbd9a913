import { isBuiltin } from 'node:module'
import type { Expression, SpreadElement } from 'acorn'
import { simple } from 'acorn-walk'
import { type Observation, shown } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { entrySyntax } from './entry-syntax.ts'

export const code03: Rule = {
  id: 'CODE-03',
  severity: 'error',
  stage: 'manifest',
  title: 'The entry loads no modules',
  why: 'There are no modules in the sandbox. Code that wants those of Node wants files, processes or the network.',
  fix: 'Import libraries statically, so that they are bundled; use `ctx.fetch` and `ctx.kv` instead of Node modules.',
  check: moduleLoads,
}

function moduleLoads(context: ManifestStage): Observation[] {
  const syntax = entrySyntax(context)
  if (!syntax || !('program' in syntax)) return []
  const file = context.manifest.annex.entry
  const loads: Observation[] = []
  const see = (source: Expression | SpreadElement | undefined, line: number | undefined) => {
    const load = observe(source)
    loads.push(line === undefined ? { ...load, file } : { ...load, file, line })
  }
  simple(syntax.program, {
    ImportExpression: (node) => see(node.source, node.loc?.start.line),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require' && node.arguments.length > 0)
        see(node.arguments[0], node.loc?.start.line)
    },
  })
  return loads
}

function observe(source: Expression | SpreadElement | undefined): Observation {
  if (source?.type !== 'Literal' || typeof source.value !== 'string')
    return { severity: 'review', message: 'a module is loaded under a computed name' }
  if (isBuiltin(source.value)) return { message: `the entry loads ${shown(source.value)}, a module of Node` }
  return { severity: 'review', message: `the entry loads ${shown(source.value)}, which is not bundled` }
}
