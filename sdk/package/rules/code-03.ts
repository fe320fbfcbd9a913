import { isBuiltin } from 'node:module'
import type { AnyNode, CallExpression } from 'acorn'
import type { Observation } from '../finding.ts'
import { shown } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { isFromLibrary } from './entry-map.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { constantText, globalName } from './syntax-reading.ts'
import type { Placed, SyntaxTree } from './syntax-tree.ts'

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
  if (!syntax) return
  for (const { source, index } of loads(syntax.tree))
    yield {
      ...observe(constantText(source), () => isFromLibrary(context, syntax, index)),
      ...entryPlace(context, syntax, index),
    }
}

function* loads(tree: SyntaxTree): Iterable<{ source: AnyNode | undefined; index: number }> {
  for (const { node } of tree.nodes('ImportExpression')) yield { source: node.source, index: node.start }
  for (const call of tree.nodes('CallExpression')) {
    if (isRequire(call, tree)) yield { source: call.node.arguments[0], index: call.node.start }
  }
}

/** Not one of the script's own: bundles of older tools give each module a `require` that knows its neighbours. */
function isRequire({ node, frame }: Placed<CallExpression>, tree: SyntaxTree): boolean {
  if (node.callee.type === 'MemberExpression' && node.callee.object.type !== 'Identifier') return false
  return globalName(node.callee) === 'require' && node.arguments.length > 0 && !tree.binds('require', frame)
}

/** Where a library looks for files of its user, there are none; where an author does, a person asks why. */
function observe(name: string | undefined, ofLibrary: () => boolean): Observation {
  if (name === undefined)
    return { severity: ofLibrary() ? 'warning' : 'review', message: 'a module is loaded under a computed name' }
  if (isBuiltin(name)) return { message: `the entry loads ${shown(name)}, a module of Node` }
  return { severity: 'review', message: `the entry loads ${shown(name)}, which is not bundled` }
}
