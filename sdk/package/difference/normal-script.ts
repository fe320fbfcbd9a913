import type { AnyNode, Program, Token } from 'acorn'
import { parseTokens } from '../rules/script-parser.ts'

/**
 * A script printed anew, so that two can be compared: without comments, one way of setting lines, and names that a
 * bundler numbers (`read2`, `read3`) numbered by their first appearance. What two scripts do otherwise is still seen: only
 * names that the script declares are numbered anew, two names stay two, and no global of the guest's ends in a digit.
 * Throws a SyntaxError.
 */
export function normalScript(text: string): string {
  const { program, tokens } = parseTokens(text)
  const renamed = numberAnew(program)
  const lines: string[] = []
  const open: string[] = []
  let line = ''
  let glued = true
  for (const token of tokens) {
    const label = token.type.label
    const raw = renamed.get(token.start) ?? text.slice(token.start, token.end)
    if (CLOSING.has(label)) open.pop()
    if (label === '}' && line !== '' && open.at(-1) !== '`') flush()
    line += glued || line === '' ? raw : ` ${raw}`
    glued = label === '`' || label === 'template'
    if (OPENING.has(label)) open.push(label)
    if (endsLine(token, open.at(-1))) flush()
  }
  flush()
  return lines.join('\n')

  function flush(): void {
    if (line !== '') lines.push(`${INDENT.repeat(Math.min(open.length, MAX_INDENT))}${line}`)
    line = ''
    glued = true
  }
}

const INDENT = ' '
const MAX_INDENT = 40
const OPENING: ReadonlySet<string> = new Set(['{', '(', '[', '${'])
const CLOSING: ReadonlySet<string> = new Set(['}', ')', ']'])

/** After a statement, a brace, and what stands between commas of a list. */
function endsLine({ type: { label } }: Token, innermost: string | undefined): boolean {
  if (label === ';') return innermost !== '('
  if (label === '{' || label === '}') return true
  return label === ',' && (innermost === '{' || innermost === '[')
}

/** The text for each place of a name that is numbered anew, by its offset. */
function numberAnew(program: Program): Map<number, string> {
  const { declared, used, free } = names(program)
  const numbers = new Map<string, Map<string, number>>()
  const texts = new Map<number, string>()
  for (const { name, start, key } of used.sort((a, b) => a.start - b.start)) {
    const base = /^(.*?\D)\d+$/.exec(name)?.[1]
    if (base === undefined || !declared.has(name) || free.has(name)) continue
    const known = numbers.get(base) ?? new Map<string, number>()
    numbers.set(base, known)
    if (!known.has(name)) known.set(name, known.size + 1)
    const numbered = `${base}#${known.get(name)}`
    texts.set(start, key ? `${name}: ${numbered}` : numbered)
  }
  return texts
}

interface Names {
  /** That the script declares somewhere. */
  declared: Set<string>
  /** That stand for a value; `key`: the name is the key of a property as well. */
  used: { name: string; start: number; key: boolean }[]
  /** That are labels, and so a world of their own. */
  free: Set<string>
}

type Loose = AnyNode & Record<string, unknown>

/** Walked with a list of its own: nesting is bounded by the parser and not by the stack. */
function names(program: Program): Names {
  const found: Names = { declared: new Set(), used: [], free: new Set() }
  const waiting: { node: Loose; declares: boolean; key: boolean }[] = [
    { node: program as unknown as Loose, declares: false, key: false },
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, declares, key } = next
    if (node.type === 'Identifier') {
      found.used.push({ name: node.name, start: node.start, key })
      if (declares) found.declared.add(node.name)
      continue
    }
    for (const [field, child] of children(node)) {
      if (isLabel(node, field) && child.type === 'Identifier') found.free.add(child.name)
      else if (!isName(node, field))
        waiting.push({
          node: child,
          declares: declaresIn(node, field, declares),
          key: isShorthand(node, field) || (key && node.type === 'AssignmentPattern' && field === 'left'),
        })
    }
  }
  return found
}

function* children(node: Loose): Generator<[string, Loose]> {
  for (const [field, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && typeof (child as Loose).type === 'string')
        yield [field, child as Loose]
    }
  }
}

function isLabel({ type }: Loose, field: string): boolean {
  return field === 'label' && ['LabeledStatement', 'BreakStatement', 'ContinueStatement'].includes(type)
}

/** A word that names a property and no variable. The value of a shorthand stands at the same place and is walked. */
function isName({ type, computed, shorthand }: Loose, field: string): boolean {
  if (type === 'MemberExpression') return field === 'property' && computed !== true
  if (type === 'Property') return field === 'key' && (computed !== true || shorthand === true)
  if (type === 'MethodDefinition' || type === 'PropertyDefinition') return field === 'key' && computed !== true
  return type === 'MetaProperty'
}

function isShorthand({ type, shorthand }: Loose, field: string): boolean {
  return type === 'Property' && shorthand === true && field === 'value'
}

const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']
const PATTERNS = ['ObjectPattern', 'ArrayPattern', 'RestElement']

function declaresIn({ type }: Loose, field: string, declares: boolean): boolean {
  if (type === 'VariableDeclarator') return field === 'id'
  if (type === 'CatchClause') return field === 'param'
  if (FUNCTIONS.includes(type)) return field === 'params' || field === 'id'
  if (type === 'ClassDeclaration' || type === 'ClassExpression') return field === 'id'
  if (type === 'AssignmentPattern') return declares && field === 'left'
  if (type === 'Property') return declares && field === 'value'
  return declares && PATTERNS.includes(type)
}
