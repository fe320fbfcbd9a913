/** A place of one of the texts that were looked for. */
export interface Hit {
  at: number
  text: string
}

interface Node {
  /** The unit that leads to `only`. Most nodes have one way on: a map for each would cost more than the texts. */
  unit: number
  only: Node | undefined
  /** The other ways on. */
  more: Map<number, Node> | undefined
  fallback: Node | undefined
  /** The longest text that begins here, as it is read from its end. */
  text: string | undefined
}

/**
 * Aho and Corasick, "Efficient string matching" (1975): one pass over a text, however many are looked for and whatever
 * they are. Both are a stranger's, and this runs in the service. Hits do not overlap; the leftmost comes first, and of
 * those that begin together the longest: that is why everything is read backwards.
 */
export function createTextFinder(texts: Iterable<string>): (within: string) => Hit[] {
  const root = createNode()
  for (const text of texts) plant(root, text)
  link(root)
  return (within) => find(root, within)
}

function plant(root: Node, text: string): void {
  let node = root
  for (let i = text.length - 1; i >= 0; i--) {
    const unit = text.charCodeAt(i)
    node = nextOf(node, unit) ?? addNext(node, unit)
  }
  if (node !== root) node.text = text
}

function createNode(): Node {
  return { unit: -1, only: undefined, more: undefined, fallback: undefined, text: undefined }
}

function nextOf(node: Node, unit: number): Node | undefined {
  return node.unit === unit ? node.only : node.more?.get(unit)
}

function addNext(node: Node, unit: number): Node {
  const next = createNode()
  if (node.only) {
    node.more ??= new Map()
    node.more.set(unit, next)
  } else {
    node.unit = unit
    node.only = next
  }
  return next
}

function link(root: Node): void {
  const line: Node[] = [root]
  for (let i = 0; i < line.length; i++) {
    const node = line[i] as Node
    const reached = (next: Node, unit: number) => {
      next.fallback = node === root ? root : step(node.fallback ?? root, unit)
      next.text ??= next.fallback.text
      line.push(next)
    }
    if (node.only) reached(node.only, node.unit)
    node.more?.forEach(reached)
  }
}

function step(from: Node, unit: number): Node {
  let node: Node | undefined = from
  while (node) {
    const next = nextOf(node, unit)
    if (next) return next
    if (!node.fallback) return node
    node = node.fallback
  }
  return from
}

function find(root: Node, within: string): Hit[] {
  const beginning = new Map<number, string>()
  let node = root
  for (let i = within.length - 1; i >= 0; i--) {
    node = step(node, within.charCodeAt(i))
    if (node.text !== undefined) beginning.set(i, node.text)
  }
  return withoutOverlaps(beginning)
}

/** `beginning`: the longest text at each place, from the last place to the first. */
function withoutOverlaps(beginning: ReadonlyMap<number, string>): Hit[] {
  const hits: Hit[] = []
  let end = 0
  for (const [at, text] of [...beginning].reverse()) {
    if (at < end) continue
    hits.push({ at, text })
    end = at + text.length
  }
  return hits
}
