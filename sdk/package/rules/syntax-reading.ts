import type { AnyNode, MemberExpression } from 'acorn'

/** What a node says without being run; nesting beyond this is nobody's handwriting. */
const MAX_PARTS = 200

/** The text of a string, of a template without holes, and of such texts joined by `+`. */
export function constantText(node: AnyNode | null | undefined): string | undefined {
  const parts: string[] = []
  const waiting: (AnyNode | null | undefined)[] = [node]
  while (waiting.length > 0) {
    const at = plain(waiting.pop())
    if (parts.length > MAX_PARTS || waiting.length > MAX_PARTS) return undefined
    if (at?.type === 'Literal' && typeof at.value === 'string') parts.push(at.value)
    else if (at?.type === 'TemplateLiteral' && at.expressions.length === 0) parts.push(at.quasis[0]?.value.cooked ?? '')
    else if (at?.type === 'BinaryExpression' && at.operator === '+') waiting.push(at.right, at.left)
    else return undefined
  }
  return parts.join('')
}

/** The name of a member, if it is written down. */
export function memberName({ computed, property }: MemberExpression): string | undefined {
  if (!computed) return property.type === 'Identifier' ? property.name : undefined
  return constantText(property)
}

/** Without what only groups it: parentheses, the frame of an optional chain, the `0` of `(0, f)()`. */
export function plain(node: AnyNode | null | undefined): AnyNode | null | undefined {
  let at = node
  while (at) {
    if (at.type === 'ParenthesizedExpression' || at.type === 'ChainExpression') at = at.expression
    else if (at.type === 'SequenceExpression') at = at.expressions.at(-1)
    else break
  }
  return at
}

const GLOBAL_OBJECTS = new Set(['globalThis', 'window', 'self', 'global'])

/** The name of a global that is taken by its name, or as a member of the global object. */
export function globalName(node: AnyNode | null | undefined): string | undefined {
  const at = plain(node)
  if (at?.type === 'Identifier') return at.name
  if (at?.type !== 'MemberExpression') return undefined
  const object = plain(at.object)
  return object?.type === 'Identifier' && GLOBAL_OBJECTS.has(object.name) ? memberName(at) : undefined
}
