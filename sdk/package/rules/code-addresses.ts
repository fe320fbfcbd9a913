import type { AnyNode, Property } from 'acorn'
import { memberName, plain } from './syntax-reading.ts'
import type { SyntaxTree } from './syntax-tree.ts'

/** An address that stands in the code. */
export interface CodeAddress {
  /** Lower case; without a port. */
  host: string
  /** From `/` on, as far as it is written down. */
  path: string
  index: number
}

export interface CodeAddresses {
  addresses: CodeAddress[]
  /** Whether the host of some address is put together when the code runs. */
  computed: boolean
}

const read = new WeakMap<SyntaxTree, CodeAddresses>()

/** Addresses in strings and at the beginning of templates; not those that only name something. */
export function codeAddresses(tree: SyntaxTree): CodeAddresses {
  const known = read.get(tree)
  if (known) return known
  const names = namingNodes(tree)
  const found: CodeAddresses = { addresses: [], computed: false }
  for (const { node } of tree.nodes('Literal')) {
    if (typeof node.value === 'string' && !names.has(node.start)) take(found, node.value, false, node.start)
  }
  for (const { node } of tree.nodes('TemplateLiteral')) {
    const head = node.quasis[0]?.value.cooked ?? ''
    if (!names.has(node.start)) take(found, head, node.expressions.length > 0, node.start)
  }
  found.computed ||= joinsHost(tree)
  read.set(tree, found)
  return found
}

const SCHEME = /^\s{0,8}https?:\/\//i
const ADDRESS =
  /^\s{0,8}https?:\/\/(?:[^\s/?#@]{0,200}@)?(\[[0-9a-f:.]{2,45}\]|[^\s/?#:@]{1,253})(:\d{1,5})?([/?#].{0,500})?/i

function take(found: CodeAddresses, text: string, open: boolean, index: number): void {
  if (!SCHEME.test(text)) return
  const [, host = '', port, path] = ADDRESS.exec(text) ?? []
  // What comes after a hole that no slash is before may belong to the host.
  if (open && path === undefined && port === undefined) found.computed = true
  if (open && path === undefined && host.endsWith('.')) return
  const name = normalHost(host)
  if (name !== undefined) found.addresses.push({ host: name, path: path ?? '', index })
}

/** The host as the web reads it: numbers in whatever form become an address. */
function normalHost(host: string): string | undefined {
  if (host === '' || !URL.canParse(`http://${host}`)) return undefined
  const { hostname } = new URL(`http://${host}`)
  if (hostname.startsWith('[')) return hostname
  const name = hostname.replace(/\.$/, '')
  const isName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name) || name === 'localhost'
  return isName ? name : undefined
}

/** `'https://' + host`. */
function joinsHost(tree: SyntaxTree): boolean {
  return tree.nodes('BinaryExpression').some(({ node }) => {
    const left = node.operator === '+' ? plain(node.left) : undefined
    const text = left?.type === 'BinaryExpression' ? plain(left.right) : left
    return text?.type === 'Literal' && typeof text.value === 'string' && /https?:\/\/[^/]{0,253}$/i.test(text.value)
  })
}

/** Keys under which an address names a vocabulary, a licence or a page for people. */
const NAMING =
  /^(xmlns(:.*)?|\$schema|\$id|@context|@type|namespace(URI)?|(home|help|doc)[a-z_]*|docs?Url|license|bugs|repository)$/i

/** Where texts begin that name something, or that a relative address is only held against. */
function namingNodes(tree: SyntaxTree): Set<number> {
  const starts = new Set<number>()
  for (const { node } of tree.nodes('Property')) if (NAMING.test(keyOf(node))) starts.add(node.value.start)
  for (const { node } of tree.nodes('NewExpression')) {
    const base = node.arguments[1]
    if (base && node.callee.type === 'Identifier' && node.callee.name === 'URL' && isLocal(base)) starts.add(base.start)
  }
  for (const { node } of tree.nodes('AssignmentExpression')) {
    const target = plain(node.left)
    if (target?.type === 'MemberExpression' && NAMING.test(memberName(target) ?? '')) starts.add(node.right.start)
  }
  return starts
}

function keyOf({ key, computed }: Pick<Property, 'key' | 'computed'>): string {
  if (key.type === 'Identifier') return computed ? '' : key.name
  return key.type === 'Literal' ? String(key.value) : ''
}

function isLocal(node: AnyNode): boolean {
  return node.type === 'Literal' && /^https?:\/\/localhost\/?$/i.test(String(node.value))
}
