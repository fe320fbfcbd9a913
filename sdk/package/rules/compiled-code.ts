import type { AnyNode, CallExpression, NewExpression } from 'acorn'
import { constantText, globalName, memberName, plain } from './syntax-reading.ts'
import type { Frame, Placed, SyntaxTree } from './syntax-tree.ts'

/** One place where a string would become code. */
export interface CompiledCode {
  /** `eval`, `Function`, `setTimeout`. */
  by: string
  /** What would be compiled, if it is written down. */
  code: string | undefined
  arguments: AnyNode[]
  frame: Frame
  index: number
}

const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate'])
const COMPILERS = new Set(['eval', 'Function'])

/** Where a script makes code of strings, by whatever name that a reader sees. */
export function* compiledCode(tree: SyntaxTree): Iterable<CompiledCode> {
  for (const placed of [...tree.nodes('CallExpression'), ...tree.nodes('NewExpression')]) {
    const found = compiles(placed, tree)
    if (found) yield { ...found, frame: placed.frame, index: placed.node.start }
  }
}

function compiles({ node, frame }: Placed<CallExpression | NewExpression>, tree: SyntaxTree) {
  const called = globalName(node.callee)
  if (called !== undefined && !tree.binds(called, frame)) {
    if (COMPILERS.has(called)) return { by: called, code: joined(node.arguments), arguments: node.arguments }
    if (TIMERS.has(called) && isText(node.arguments[0]))
      return { by: called, code: constantText(node.arguments[0]), arguments: node.arguments.slice(0, 1) }
  }
  return compilesIndirectly(node, frame, tree)
}

/** `Function.apply(this, parts)`, `(function () {}).constructor('…')`. */
function compilesIndirectly(
  { callee, arguments: given }: CallExpression | NewExpression,
  frame: Frame,
  tree: SyntaxTree,
) {
  const member = plain(callee)
  if (member?.type !== 'MemberExpression') return undefined
  const object = plain(member.object)
  const name = memberName(member)
  if (name === 'constructor' && given.length > 0 && /Function|Arrow/.test(object?.type ?? ''))
    return { by: 'the constructor of a function', code: joined(given), arguments: given }
  const compiler = globalName(object)
  const passed = (name === 'apply' || name === 'call') && compiler !== undefined && COMPILERS.has(compiler)
  if (!passed || tree.binds(compiler, frame)) return undefined
  return { by: compiler, code: undefined, arguments: given.slice(1) }
}

function joined(given: readonly AnyNode[]): string | undefined {
  const texts = given.map((argument) => constantText(argument))
  return texts.every((text) => text !== undefined) ? texts.join(',') : undefined
}

/** Surely a string: a text, or something added to one. */
function isText(node: AnyNode | undefined): boolean {
  const at = plain(node)
  if (at?.type === 'BinaryExpression' && at.operator === '+')
    return constantText(at.left) !== undefined || constantText(at.right) !== undefined
  return at?.type === 'TemplateLiteral' || constantText(at) !== undefined
}
