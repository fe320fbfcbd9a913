import type { AnyNode, MemberExpression } from 'acorn'
import type { Observation } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { isFromLibrary } from './entry-map.ts'
import { entryPlace, entrySyntax } from './entry-syntax.ts'
import { globalName, memberName, plain } from './syntax-reading.ts'
import type { SyntaxTree } from './syntax-tree.ts'

export const code04: Rule = {
  id: 'CODE-04',
  severity: 'review',
  stage: 'manifest',
  title: 'The entry stays within its world',
  waivable: true,
  why: 'These are the ways in which code leaves a sandbox, or changes what other code in it means.',
  fix: 'Reach the platform through `ctx`, and leave the objects of the language and of the host as they are.',
  check: reachesOut,
}

interface Seen {
  message: string
  index: number
  /** Leads nowhere here; libraries try it in case that they run in Node. */
  ofNode?: true
}

function* reachesOut(context: ManifestStage): Iterable<Observation> {
  const syntax = entrySyntax(context)
  if (!syntax) return
  const seen = [...members(syntax.tree), ...writes(syntax.tree), ...hostObjects(syntax.tree)]
  for (const { message, index, ofNode } of seen) {
    const quiet = ofNode && isFromLibrary(context, syntax, index)
    yield { message, ...(quiet ? { severity: 'warning' } : {}), ...entryPlace(context, syntax, index) }
  }
}

/** Of Node's `process`: doors to what is compiled into it. */
const NODE_DOORS = new Set(['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'mainModule'])
/** Names that nobody has a reason to put together from pieces. */
const SENSITIVE = new Set([
  'constructor',
  '__proto__',
  'prototype',
  'eval',
  'Function',
  'require',
  'process',
  'binding',
])

function* members(tree: SyntaxTree): Iterable<Seen> {
  for (const { node, frame } of tree.nodes('MemberExpression')) {
    const name = memberName(node)
    if (name === undefined) continue
    const object = plain(node.object)
    const index = node.start
    if (NODE_DOORS.has(name) && globalName(object) === 'process' && !tree.binds('process', frame))
      yield { message: `process.${name} is a door of Node, which is not there`, index, ofNode: true }
    if (name === 'constructor' && object?.type === 'MemberExpression' && memberName(object) === 'constructor')
      yield { message: 'the constructor of a constructor is taken: it makes code of strings', index }
    if (node.computed && node.property.type === 'BinaryExpression' && SENSITIVE.has(name))
      yield { message: `the name ${name} is put together from pieces`, index }
  }
}

/** What replaces a part of the language for all code in the same world. */
function* writes(tree: SyntaxTree): Iterable<Seen> {
  for (const { node, frame } of tree.nodes('AssignmentExpression')) {
    if (node.left.type !== 'MemberExpression') continue
    const message = pollution(node.left, !tree.binds('Object', frame))
    if (message !== undefined) yield { message, index: node.start }
  }
  for (const { node, frame } of tree.nodes('CallExpression')) {
    const defines = isMemberOf(node.callee, 'Object', ['defineProperty', 'defineProperties', 'assign'])
    if (defines && isObjectPrototype(node.arguments[0]) && !tree.binds('Object', frame))
      yield { message: 'Object.prototype is changed, and with it every object', index: node.start }
  }
}

function pollution(target: MemberExpression, ownObject: boolean): string | undefined {
  const object = plain(target.object)
  if (ownObject && isObjectPrototype(object)) return 'Object.prototype is changed, and with it every object'
  const through = object?.type === 'MemberExpression' ? memberName(object) : undefined
  if (through === '__proto__') return 'a prototype is changed through __proto__'
  if (through !== 'prototype' || object?.type !== 'MemberExpression') return undefined
  const changed = `${globalName(object.object) ?? ''}.${memberName(target) ?? ''}`
  return REPLACED.has(changed) ? `the method ${changed.replace('.', '.prototype.')} is replaced` : undefined
}

/** Methods through which other code's values pass. */
const REPLACED = new Set(['Function.call', 'Function.apply', 'Function.bind', 'Promise.then', 'Array.push'])

function isObjectPrototype(node: AnyNode | null | undefined): boolean {
  const at = plain(node)
  return at?.type === 'MemberExpression' && memberName(at) === 'prototype' && globalName(at.object) === 'Object'
}

const REFLECT = ['set', 'defineProperty', 'setPrototypeOf', 'deleteProperty', 'ownKeys']
const HOST_PARTS = new Set(['platform', 'kv', 'secrets', 'events', 'fetch'])

function* hostObjects(tree: SyntaxTree): Iterable<Seen> {
  for (const { node, frame } of tree.nodes('NewExpression')) {
    if (globalName(node.callee) === 'Proxy' && !tree.binds('Proxy', frame) && isHostObject(node.arguments[0]))
      yield { message: 'an object of the host is wrapped in a Proxy', index: node.start }
  }
  for (const { node, frame } of tree.nodes('CallExpression')) {
    const reflects =
      isMemberOf(node.callee, 'Reflect', REFLECT) || isMemberOf(node.callee, 'Object', ['setPrototypeOf'])
    if (reflects && !tree.binds('Reflect', frame) && isHostObject(node.arguments[0]))
      yield { message: 'an object of the host is taken apart or changed', index: node.start }
  }
}

function isHostObject(node: AnyNode | undefined): boolean {
  const at = plain(node)
  if (at?.type === 'Identifier') return at.name === 'globalThis' || at.name === 'ctx'
  if (at?.type !== 'MemberExpression') return false
  const object = plain(at.object)
  return object?.type === 'Identifier' && object.name === 'ctx' && HOST_PARTS.has(memberName(at) ?? '')
}

function isMemberOf(node: AnyNode, object: string, names: readonly string[]): boolean {
  const at = plain(node)
  return at?.type === 'MemberExpression' && globalName(at.object) === object && names.includes(memberName(at) ?? '')
}
