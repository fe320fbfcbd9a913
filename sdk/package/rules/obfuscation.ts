import type { AnyNode, CallExpression } from 'acorn'
import type { ScriptSyntax } from './entry-syntax.ts'
import { constantText, globalName, memberName, plain } from './syntax-reading.ts'
import { type Frame, isFunction, walk } from './syntax-tree.ts'

/** One sign that somebody wanted the code not to be read. */
export interface Sign {
  message: string
  index: number
}

/**
 * Signs that are each enough by themselves, and that no bundler, minifier or compiler leaves. Texts of high entropy are
 * none: tables, keys and images of honest libraries look the same.
 */
export function* obfuscationSigns(syntax: ScriptSyntax): Iterable<Sign> {
  yield* [hexNames(syntax), bracketCode(syntax), escapedLetters(syntax)].filter((sign) => sign !== undefined)
  for (const { node } of syntax.tree.nodes('CallExpression')) {
    const message = signOf(node)
    if (message !== undefined) yield { message, index: node.start }
  }
  yield* turnedTables(syntax)
}

const HEX_NAME = /^_?_?0x[0-9a-f]{3,8}$/i
const MIN_HEX_NAMES = 10

/** `_0x3f2a1c`: many of them, and not by chance among very many others. */
function hexNames({ tree }: ScriptSyntax): Sign | undefined {
  const names = new Map<string, number>()
  for (const { node } of tree.nodes('Identifier')) if (!names.has(node.name)) names.set(node.name, node.start)
  const hex = [...names].filter(([name]) => HEX_NAME.test(name))
  const [first] = hex
  if (!first || hex.length < MIN_HEX_NAMES || hex.length < names.size / 20) return undefined
  return { message: `${hex.length} names are numbers like ${first[0].slice(0, 20)}`, index: first[1] }
}

/** A program of brackets, as `[][(![]+[])[+[]]]`. */
function bracketCode({ text, tree }: ScriptSyntax): Sign | undefined {
  const from = tree.program.start
  for (const line of longLines(text)) {
    const brackets = line.text.replace(/[^[\]()!+]/g, '').length
    if (brackets > line.text.length * 0.9)
      return { message: 'the code is written in brackets', index: from + line.start }
  }
  return undefined
}

function* longLines(text: string): Iterable<{ text: string; start: number }> {
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    if (end - start > 500) yield { text: text.slice(start, end), start }
    start = end + 1
  }
}

const MIN_ESCAPES = 40

/** Letters that could have been written as they are: `\x66\x65\x74`. */
function escapedLetters({ text, tree }: ScriptSyntax): Sign | undefined {
  let escapes = 0
  for (const { node } of tree.nodes('Literal')) {
    if (typeof node.value !== 'string' || node.end - node.start < 12) continue
    const raw = text.slice(node.start, node.end)
    const letters = raw.match(/\\(x|u00)(4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])/gi)?.length ?? 0
    if (letters * 2 > node.value.length) escapes += letters
    if (escapes >= MIN_ESCAPES)
      return { message: 'texts are written as the numbers of their letters', index: node.start }
  }
  return undefined
}

const MIN_CODES = 16

function signOf(node: CallExpression): string | undefined {
  const callee = plain(node.callee)
  if (globalName(callee) === 'eval' && isPacker(plain(node.arguments[0]))) return 'the code is packed into a text'
  if (callee?.type !== 'MemberExpression') return undefined
  const name = memberName(callee)
  const object = plain(callee.object)
  if (name === 'fromCharCode' || name === 'fromCodePoint')
    return countLetters(node.arguments) >= MIN_CODES ? 'a text is written as the numbers of its letters' : undefined
  if (name === 'split' && /^\d{1,3}(\|\d{1,3}){3,}$/.test(constantText(object)?.slice(0, 4000) ?? ''))
    return 'the order of the statements is shuffled'
  if ((name === 'map' || name === 'reduce') && lettersOf(object) >= MIN_CODES && mentionsCharCode(node.arguments[0]))
    return 'a text is written as the numbers of its letters'
  return undefined
}

/** `eval(function (p, a, c, k, e, d) { … }(…))` */
function isPacker(node: AnyNode | null | undefined): boolean {
  const callee = node?.type === 'CallExpression' ? plain(node.callee) : undefined
  if (!callee || !isFunction(callee)) return false
  const names = callee.params.map((param) => (param.type === 'Identifier' ? param.name : ''))
  return names.slice(0, 5).join('') === 'packe'
}

function countLetters(given: readonly AnyNode[]): number {
  const spread = given[0]?.type === 'SpreadElement' ? given[0].argument : undefined
  return spread ? lettersOf(spread) : given.filter(isLetter).length
}

function lettersOf(node: AnyNode | null | undefined): number {
  const at = plain(node)
  return at?.type === 'ArrayExpression' ? at.elements.filter((element) => element && isLetter(element)).length : 0
}

/** Of a character that can be seen; lists of blanks are ordinary. */
function isLetter(node: AnyNode): boolean {
  return node.type === 'Literal' && typeof node.value === 'number' && node.value > 32 && node.value < 256
}

/** A table of texts that is turned until a sum of `parseInt(text(n))` fits. */
function* turnedTables({ tree }: ScriptSyntax): Iterable<Sign> {
  const sums = new Map<Frame, number>()
  const turns = new Map<Frame, number>()
  for (const { node, frame } of tree.nodes('CallExpression')) {
    const callee = plain(node.callee)
    const [first] = node.arguments
    if (globalName(callee) === 'parseInt' && first?.type === 'CallExpression')
      sums.set(frame, (sums.get(frame) ?? 0) + 1)
    if (callee?.type !== 'MemberExpression' || memberName(callee) !== 'push') continue
    const shift = first?.type === 'CallExpression' ? plain(first.callee) : undefined
    if (shift?.type === 'MemberExpression' && memberName(shift) === 'shift') turns.set(frame, node.start)
  }
  for (const [frame, index] of turns) {
    if ((sums.get(frame) ?? 0) >= MIN_SUMMANDS)
      yield { message: 'texts are taken from a table that is turned first', index }
  }
}

const MIN_SUMMANDS = 4
const MAX_LOOK = 200

function mentionsCharCode(node: AnyNode | undefined): boolean {
  if (!node) return false
  let left = MAX_LOOK
  for (const { node: at } of walk(node)) {
    if (--left < 0) return false
    if (at.type === 'MemberExpression' && memberName(at) === 'fromCharCode') return true
  }
  return false
}
