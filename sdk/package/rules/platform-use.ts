import { HOST_CALLS } from '@annex/sdk/host-api'
import { resourceNamed } from '@annex/sdk/resources'
import type { AnyNode, MemberExpression, Pattern } from 'acorn'
import { memberName, plain } from './syntax-reading.ts'
import { type Frame, isFunction, isInside, type Placed, type SyntaxTree } from './syntax-tree.ts'

/** Calls on `ctx.platform` that a reader finds. */
export interface PlatformUse {
  /** The scope in its long form, and where it is needed. */
  scopes: { scope: string; index: number }[]
  /** Whether a resource or an operation is taken in a way that no reading tells. */
  computed: boolean
}

/** Names that stand for the platform, or for one of its resources (which then is the value), and where they do. */
type Aliases = Map<string, { frames: Set<Frame>; resource?: string }>

/** Not the platform of the extension: what Node and browsers call so. */
const OTHERS = new Set(['process', 'navigator', 'os', 'require_os', 'node_os'])

/**
 * Finds `ctx.platform.invoices.list`, `ctx.platform['sav/tickets']?.create`, `{ platform } = ctx` and names one step away,
 * as bundlers leave them.
 */
export function platformUse(tree: SyntaxTree): PlatformUse {
  const reader = new PlatformReader(tree)
  return { scopes: reader.scopes, computed: reader.computed }
}

class PlatformReader {
  readonly scopes: { scope: string; index: number }[] = []
  computed = false
  readonly #aliases: Aliases = new Map()
  /** Members and names whose use is understood, by where they begin and end. */
  readonly #understood = new Set<AnyNode>()

  constructor(tree: SyntaxTree) {
    for (const { node, frame } of tree.nodes('Property')) {
      // As a pattern: `({ platform }) => …`. As a value it gives the platform away under its own name, found all the same.
      if (!node.computed && node.key.type === 'Identifier' && node.key.name === 'platform')
        this.#alias(nameOf(node.value), frame)
    }
    for (const declared of tree.nodes('VariableDeclarator')) this.#declare(declared)
    const members = tree.nodes('MemberExpression')
    for (const member of members) this.#readCall(member)
    for (const member of members) this.#readRest(member)
    if (this.#aliases.size > 0) this.#readNames(tree)
  }

  #declare({ node: { id, init }, frame }: Placed<Extract<AnyNode, { type: 'VariableDeclarator' }>>): void {
    const value = plain(init)
    if (!value) return
    if (this.#isPlatform(value, frame)) {
      this.#understood.add(value)
      this.#alias(nameOf(id), frame)
      for (const [key, target] of entriesOf(id)) this.#alias(nameOf(target), frame, key)
      if (hasComputed(id)) this.computed = true
    }
    const resource = this.#resourceOf(value, frame)
    if (resource === undefined) return
    this.#understood.add(value)
    this.#alias(nameOf(id), frame, resource)
    for (const [key] of entriesOf(id)) this.#need(resource, key, id.start)
  }

  /** `<platform>.<resource>.<operation>` */
  #readCall({ node, frame }: Placed<MemberExpression>): void {
    const object = plain(node.object)
    const resource = object ? this.#resourceOf(object, frame) : undefined
    if (!object || resource === undefined) return
    this.#understood.add(object)
    const operation = memberName(node)
    if (operation === undefined) this.computed ||= resourceNamed(resource) !== undefined
    else this.#need(resource, operation, node.start)
  }

  /** What was taken of the platform and not called right there: who knows what becomes of it. */
  #readRest({ node, frame }: Placed<MemberExpression>): void {
    const object = plain(node.object)
    if (object && this.#isPlatform(object, frame)) {
      this.#understood.add(object)
      const resource = memberName(node)
      const known = resource === undefined || resourceNamed(resource) !== undefined
      if (known && !this.#understood.has(node)) this.computed = true
    }
    // Outer members come before the inner ones that they begin with.
    if (this.#isPlatform(node, frame) && !this.#understood.has(node)) this.computed = true
  }

  /** A name of the platform that is handed on. */
  #readNames(tree: SyntaxTree): void {
    const noUse = new Set<AnyNode>(this.#understood)
    for (const { node } of tree.nodes('MemberExpression')) if (!node.computed) noUse.add(node.property)
    for (const { node } of tree.nodes('Property')) {
      noUse.add(node.key).add(node.value)
      if (node.value.type === 'AssignmentPattern') noUse.add(node.value.left)
    }
    for (const { node } of tree.nodes('VariableDeclarator')) noUse.add(node.id)
    for (const { node, frame } of tree.nodes('Identifier')) {
      const alias = noUse.has(node) ? undefined : this.#aliases.get(node.name)
      if (alias && isInside(frame, alias.frames) && !isParameter(node, frame)) this.computed = true
    }
  }

  #need(resource: string, operation: string, index: number): void {
    const call = `platform.${operation}`
    const scope = resourceNamed(resource)?.scope
    if (scope === undefined || !Object.hasOwn(HOST_CALLS, call)) return
    const { needs } = HOST_CALLS[call as keyof typeof HOST_CALLS]
    this.scopes.push({ scope: needs.replace('<resource>', scope), index })
  }

  #isPlatform(node: AnyNode, frame: Frame): boolean {
    if (node.type === 'Identifier') {
      const alias = this.#aliases.get(node.name)
      return alias !== undefined && alias.resource === undefined && isInside(frame, alias.frames)
    }
    if (node.type !== 'MemberExpression' || memberName(node) !== 'platform') return false
    const object = plain(node.object)
    return !(object?.type === 'Identifier' && OTHERS.has(object.name))
  }

  #resourceOf(node: AnyNode, frame: Frame): string | undefined {
    if (node.type === 'Identifier') {
      const alias = this.#aliases.get(node.name)
      return alias && isInside(frame, alias.frames) ? alias.resource : undefined
    }
    if (node.type !== 'MemberExpression') return undefined
    const object = plain(node.object)
    if (!object || !this.#isPlatform(object, frame)) return undefined
    return memberName(node)
  }

  #alias(name: string | undefined, frame: Frame, resource?: string): void {
    if (name === undefined) return
    const known = this.#aliases.get(name)
    if (known && known.resource === resource) known.frames.add(frame)
    else if (!known)
      this.#aliases.set(name, { frames: new Set([frame]), ...(resource === undefined ? {} : { resource }) })
    // One name for two things: which of them, only the run tells.
    else this.computed = true
  }
}

function isParameter(node: AnyNode, { node: within }: Frame): boolean {
  return isFunction(within) && within.params.some(({ start, end }) => start <= node.start && node.end <= end)
}

/** The name that a pattern or value is, with or without a default. */
function nameOf(node: AnyNode): string | undefined {
  const at = node.type === 'AssignmentPattern' ? node.left : node
  return at.type === 'Identifier' ? at.name : undefined
}

/** Of `{ invoices, documents: files }`: keys, and what they go to. */
function entriesOf(pattern: Pattern): [string, AnyNode][] {
  if (pattern.type !== 'ObjectPattern') return []
  return pattern.properties.flatMap((property): [string, AnyNode][] => {
    if (property.type !== 'Property' || property.computed) return []
    const { key, value } = property
    const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : undefined
    return name === undefined ? [] : [[name, value]]
  })
}

function hasComputed(pattern: Pattern): boolean {
  if (pattern.type !== 'ObjectPattern') return false
  return pattern.properties.some((property) => property.type !== 'Property' || property.computed)
}
