import type { AnyNode, ObjectExpression, Property } from 'acorn'
import { parseScript } from './rules/script-parser.ts'

/** A place in a text: line from 1, column from 0, as source maps count. */
export interface Place {
  line: number
  column: number
}

/**
 * Where a bundle defines the handler `path` (`['streams', 'sites', 'read']`): its name in the definition, or the nearest
 * name above it that is written out as an object. Nothing for code of another form.
 */
export function findHandler(source: string, path: readonly string[]): Place | undefined {
  let program: AnyNode
  try {
    program = parseScript(source)
  } catch {
    return undefined
  }
  const declared = new Map<string, AnyNode>()
  let definition: AnyNode | undefined
  for (const node of nodesOf(program)) {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init)
      declared.set(node.id.name, node.init)
    if (node.type === 'FunctionDeclaration' && node.id) declared.set(node.id.name, node)
    if (node.type === 'CallExpression' && node.callee.type === 'Identifier' && DEFINES.test(node.callee.name))
      definition = node.arguments[0]
  }
  const found = follow(definition, path, declared)
  return found && placeOf(source, found.start)
}

/** esbuild numbers a name that it meets twice. */
const DEFINES = /^define(Connector|Transformation)\d*$/

function follow(
  from: AnyNode | undefined,
  path: readonly string[],
  declared: ReadonlyMap<string, AnyNode>,
): AnyNode | undefined {
  let found: AnyNode | undefined
  let value = resolved(from, declared)
  for (const name of path) {
    const property = value?.type === 'ObjectExpression' ? propertyOf(value, name) : undefined
    if (!property) break
    found = property
    value = resolved(property.value, declared)
    if (property.shorthand && value) found = value
  }
  return found
}

function resolved(node: AnyNode | undefined, declared: ReadonlyMap<string, AnyNode>): AnyNode | undefined {
  return node?.type === 'Identifier' ? declared.get(node.name) : node
}

function propertyOf({ properties }: ObjectExpression, name: string): Property | undefined {
  return properties.find((property): property is Property => {
    if (property.type !== 'Property' || property.computed) return false
    const { key } = property
    return (key.type === 'Identifier' && key.name === name) || (key.type === 'Literal' && key.value === name)
  })
}

/** Every node of the tree. Without recursion: code may be nested deeper than the stack. */
function* nodesOf(program: AnyNode): Iterable<AnyNode> {
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

function placeOf(source: string, start: number): Place {
  const before = source.slice(0, start).split('\n')
  return { line: before.length, column: before.at(-1)?.length ?? 0 }
}
