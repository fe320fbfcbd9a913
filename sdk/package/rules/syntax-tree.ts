import type { AnyNode, ArrowFunctionExpression, FunctionDeclaration, FunctionExpression, Program } from 'acorn'

export type FunctionNode = ArrowFunctionExpression | FunctionDeclaration | FunctionExpression

/** A function, or the whole script, and what it stands in. */
export interface Frame {
  node: FunctionNode | Program
  outer?: Frame
}

/** A node, and the innermost function around it. */
export interface Placed<N extends AnyNode = AnyNode> {
  node: N
  frame: Frame
}

type NodeType = AnyNode['type']
type NodeOf<T extends NodeType> = Extract<AnyNode, { type: T }>

/** What the rules ask for; the rest of a tree is only walked over. */
const KEPT = [
  'AssignmentExpression',
  'BinaryExpression',
  'CallExpression',
  'Identifier',
  'ImportExpression',
  'Literal',
  'MemberExpression',
  'NewExpression',
  'Property',
  'TemplateLiteral',
  'VariableDeclarator',
] as const satisfies readonly NodeType[]

export type KeptType = (typeof KEPT)[number]

/** The tree of a script, walked once for all rules. */
export interface SyntaxTree {
  program: Program
  /** Nodes of a kind, in the order of the text. */
  nodes<T extends KeptType>(type: T): readonly Placed<NodeOf<T>>[]
  /** Whether the name means something of the script's own there, and not what the world around it gives. */
  binds(name: string, frame: Frame): boolean
}

export function syntaxTree(program: Program): SyntaxTree {
  const kept = new Map<NodeType, Placed[]>(KEPT.map((type) => [type, []]))
  const names = new Map<string, Set<Frame>>()
  for (const placed of walk(program)) {
    kept.get(placed.node.type)?.push(placed)
    for (const { name, frame } of bound(placed)) {
      const frames = names.get(name)
      if (frames) frames.add(frame)
      else names.set(name, new Set([frame]))
    }
  }
  for (const placed of kept.values()) placed.sort((a, b) => a.node.start - b.node.start)
  return {
    program,
    nodes: (type) => (kept.get(type) ?? []) as never,
    binds: (name, frame) => isInside(frame, names.get(name)),
  }
}

/** Whether the place is in one of the functions. */
export function isInside(frame: Frame, functions: ReadonlySet<Frame> | undefined): boolean {
  if (!functions) return false
  for (let at: Frame | undefined = frame; at; at = at.outer) if (functions.has(at)) return true
  return false
}

/** Every node of the tree, a function with the frame that it opens. Without recursion: code may be nested deeper than the stack. */
export function* walk(from: AnyNode, outer?: Frame): Iterable<Placed> {
  const root: Frame = outer ?? { node: from as Program }
  const waiting: unknown[] = [from]
  const frames: Frame[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    const frame = frames.pop() ?? root
    if (Array.isArray(value)) {
      for (const item of value) if (push(waiting, item)) frames.push(frame)
    } else if (isNode(value)) {
      const inner = isFunction(value) ? { node: value, outer: frame } : frame
      yield { node: value, frame: inner }
      for (const key in value) if (push(waiting, (value as unknown as Record<string, unknown>)[key])) frames.push(inner)
    }
  }
}

function push(waiting: unknown[], value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  waiting.push(value)
  return true
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

export function isFunction(node: AnyNode | Program): node is FunctionNode {
  return /^(ArrowFunctionExpression|Function(Expression|Declaration))$/.test(node.type)
}

/** The names that a node declares, each with the function in which it means that. Blocks count as their function. */
function* bound({ node, frame }: Placed): Iterable<{ name: string; frame: Frame }> {
  if (node.type === 'VariableDeclarator') for (const name of patternNames(node.id)) yield { name, frame }
  else if (node.type === 'ClassDeclaration' && node.id) yield { name: node.id.name, frame }
  else if (isFunction(node)) {
    for (const name of patternNames(...node.params)) yield { name, frame }
    if (node.id)
      yield { name: node.id.name, frame: node.type === 'FunctionDeclaration' && frame.outer ? frame.outer : frame }
  }
}

/** Names in a pattern, without those in its default values. */
export function patternNames(...patterns: AnyNode[]): string[] {
  const names: string[] = []
  const waiting: (AnyNode | null)[] = patterns
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at?.type === 'Identifier') names.push(at.name)
    else if (at?.type === 'AssignmentPattern') waiting.push(at.left)
    else if (at?.type === 'RestElement') waiting.push(at.argument)
    else if (at?.type === 'ArrayPattern') waiting.push(...at.elements)
    else if (at?.type === 'ObjectPattern')
      for (const property of at.properties) waiting.push(property.type === 'Property' ? property.value : property)
  }
  return names
}
