import type { AnyNode } from 'acorn'
import type { Observation } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { type CompiledCode, compiledCode } from './compiled-code.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { constantText, globalName, memberName, plain } from './syntax-reading.ts'
import { type Frame, isFunction, patternNames, type SyntaxTree, walk } from './syntax-tree.ts'

export const code08: Rule = {
  id: 'CODE-08',
  severity: 'error',
  stage: 'manifest',
  title: 'All code is in the package',
  waivable: true,
  why: 'Code that is fetched when the extension runs was never checked, and can be another one every day.',
  fix: 'Bundle the code, and release a new version when it changes; fetch data only.',
  check: remoteCode,
}

interface Seen {
  message: string
  index: number
}

function* remoteCode(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  const seen = [...imports(syntax.tree), ...compiledAnswers(syntax.tree), ...scriptElements(syntax.tree)]
  for (const { message, index } of seen) yield { message, ...entryPlace(context, syntax, index) }
}

const ADDRESS = /^\s*(https?:)?\/\//i

function* imports(tree: SyntaxTree): Iterable<Seen> {
  const message = 'code is loaded from an address'
  for (const { node } of tree.nodes('ImportExpression')) {
    if (ADDRESS.test(startOf(node.source))) yield { message, index: node.start }
  }
  for (const { node, frame } of tree.nodes('CallExpression')) {
    const loads = globalName(node.callee) === 'importScripts' && !tree.binds('importScripts', frame)
    if (loads && node.arguments.some((argument) => ADDRESS.test(startOf(argument))))
      yield { message, index: node.start }
  }
}

/** How a text begins that may have holes. */
function startOf(node: AnyNode): string {
  const at = plain(node)
  if (at?.type === 'TemplateLiteral') return at.quasis[0]?.value.cooked ?? ''
  if (at?.type === 'BinaryExpression' && at.operator === '+') return constantText(at.left) ?? ''
  return constantText(at) ?? ''
}

/** All trees that this looks into together, however many places there are. */
const MAX_NODES = 200_000

/** What a request answered is compiled: in one expression, or by a name that holds it in the same function. */
function* compiledAnswers(tree: SyntaxTree): Iterable<Seen> {
  const budget = { left: MAX_NODES }
  const compiled = [...compiledCode(tree)]
  const answers = new Map<Frame, Set<string>>()
  for (const found of compiled) {
    const names = answers.get(found.frame) ?? namesOfAnswers(found.frame, budget)
    answers.set(found.frame, names)
    yield* ofAnswer(found, names, budget)
  }
  yield* compiledInThen(tree, compiled, budget)
}

function* ofAnswer(found: CompiledCode, names: ReadonlySet<string>, budget: { left: number }): Iterable<Seen> {
  if (found.arguments.some((argument) => holdsAnswer(argument, names, budget)))
    yield { message: `what a request answers is compiled by ${found.by}`, index: found.index }
}

/** `fetch(x).then((answer) => answer.text()).then(eval)`, or with a function that compiles its parameter. */
function* compiledInThen(tree: SyntaxTree, compiled: CompiledCode[], budget: { left: number }): Iterable<Seen> {
  const byFunction = Map.groupBy(compiled, ({ frame }) => frame.node)
  for (const { node, frame } of tree.nodes('CallExpression')) {
    const callee = plain(node.callee)
    const next = plain(node.arguments[0])
    if (callee?.type !== 'MemberExpression' || memberName(callee) !== 'then' || !next) continue
    const passesOn = next.type === 'Identifier' && /^(eval|Function)$/.test(next.name) && !tree.binds(next.name, frame)
    const inside = isFunction(next) ? byFunction.get(next) : undefined
    if ((!passesOn && !inside) || !holdsAnswer(callee.object, new Set(), budget)) continue
    if (passesOn) yield { message: 'what a request answers is compiled', index: node.start }
    const names = isFunction(next) ? new Set(patternNames(...next.params)) : new Set<string>()
    for (const found of inside ?? []) yield* ofAnswer(found, names, budget)
  }
}

/** Names of a function that hold what a request answered, one step after the other. */
function namesOfAnswers({ node: within }: Frame, budget: { left: number }): Set<string> {
  const names = new Set<string>()
  const given: { names: string[]; value: AnyNode; start: number }[] = []
  for (const { node, frame } of walk(within)) {
    if (--budget.left < 0) return names
    if (frame.node !== within) continue
    if (node.type === 'VariableDeclarator' && node.init)
      given.push({ names: patternNames(node.id), value: node.init, start: node.start })
    else if (node.type === 'AssignmentExpression')
      given.push({ names: patternNames(node.left), value: node.right, start: node.start })
  }
  for (const { names: held, value } of given.sort((a, b) => a.start - b.start)) {
    if (isFunction(value) || !holdsAnswer(value, names, budget)) continue
    for (const name of held) names.add(name)
  }
  return names
}

function holdsAnswer(node: AnyNode, names: ReadonlySet<string>, budget: { left: number }): boolean {
  for (const { node: at } of walk(node)) {
    if (--budget.left < 0) return false
    if (at.type === 'Identifier' && names.has(at.name)) return true
    if (at.type === 'CallExpression' && isFetch(at.callee)) return true
  }
  return false
}

function isFetch(callee: AnyNode): boolean {
  if (globalName(callee) === 'fetch') return true
  const at = plain(callee)
  if (at?.type !== 'MemberExpression' || memberName(at) !== 'fetch') return false
  const object = plain(at.object)
  return object?.type === 'Identifier' && object.name === 'ctx'
}

const SCRIPT_ELEMENT = /<script\b[^>]{0,200}\bsrc\s{0,4}=/i

/** Markup with a script that is loaded, put into a page. */
function* scriptElements(tree: SyntaxTree): Iterable<Seen> {
  const message = 'a script from elsewhere is put into a page'
  for (const { node } of tree.nodes('CallExpression')) {
    const callee = plain(node.callee)
    const writes =
      callee?.type === 'MemberExpression' && /^(write|writeln|insertAdjacentHTML)$/.test(memberName(callee) ?? '')
    if (writes && node.arguments.some((argument) => SCRIPT_ELEMENT.test(textOf(argument))))
      yield { message, index: node.start }
  }
  for (const { node } of tree.nodes('AssignmentExpression')) {
    const puts = node.left.type === 'MemberExpression' && /^(inner|outer)HTML$/.test(memberName(node.left) ?? '')
    if (puts && SCRIPT_ELEMENT.test(textOf(node.right))) yield { message, index: node.start }
  }
}

/** What is written down of a text with holes. */
function textOf(node: AnyNode): string {
  const at = plain(node)
  if (at?.type === 'TemplateLiteral') return at.quasis.map(({ value }) => value.cooked ?? '').join(' ')
  if (at?.type === 'BinaryExpression' && at.operator === '+')
    return `${constantText(at.left) ?? startOf(at.left)} ${constantText(at.right) ?? ''}`
  return constantText(at) ?? ''
}
