/** Runs inside a guest: visits everything that can be reached, and keeps the first path to each object. */
export interface Walk {
  /** Each object and function found, with the path that led there. */
  readonly found: ReadonlyMap<object, string>
  /** True once there was more than the walk visits: then it proves nothing. */
  readonly isCut: () => boolean
  add(value: unknown, path: string): void
  /** For what calls give back, thousands alike: only some are kept of one prototype, or of one function's text. */
  addSample(value: unknown, path: string): void
  /** Follows all that was added and what it leads to. */
  follow(): void
}

const MOST_OBJECTS = 80_000
const MOST_DEPTH = 24
const MOST_SAMPLES = 20
/** Elements of lists and characters of texts are alike. */
const MOST_INDICES = 8

export function createWalk(skipped: ReadonlySet<object>): Walk {
  const found = new Map<object, string>()
  const queue: { object: object; depth: number }[] = []
  const isRare = createSampling()
  let cut = false
  let depth = 0

  function add(value: unknown, path: string): void {
    if (!isObject(value) || skipped.has(value) || found.has(value) || depth > MOST_DEPTH) return
    if (found.size >= MOST_OBJECTS) {
      cut = true
      return
    }
    found.set(value, path.slice(0, 300))
    queue.push({ object: value, depth })
  }

  function addSample(value: unknown, path: string): void {
    if (isObject(value) && isRare(value)) add(value, path)
  }

  function follow(): void {
    for (let next = queue.shift(); next; next = queue.shift()) {
      depth = next.depth + 1
      visit(next.object, found.get(next.object) as string)
    }
    depth = 0
  }

  function visit(object: object, path: string): void {
    addOutcome(() => Reflect.getPrototypeOf(object), `${path}.[[Prototype]]`)
    for (const key of keysOf(object)) addProperty(object, key, `${path}.${String(key)}`)
    for (let owner = prototypeOf(object); owner; owner = prototypeOf(owner)) {
      for (const key of keysOf(owner)) addInherited(object, owner, key, `${path}.${String(key)}`)
    }
  }

  function addProperty(object: object, key: PropertyKey, path: string): void {
    const property = propertyOf(object, key)
    if (!property) return
    add(property.value, path)
    add(property.get, `get ${path}`)
    add(property.set, `set ${path}`)
    if (property.get) addOutcome(() => Reflect.get(object, key), path)
  }

  function addInherited(object: object, owner: object, key: PropertyKey, path: string): void {
    if (propertyOf(owner, key)?.get) addOutcome(() => Reflect.get(object, key), path)
  }

  /** What comes back or is thrown: the error of a refusal is an object too. */
  function addOutcome(work: () => unknown, path: string): void {
    try {
      add(work(), path)
    } catch (error) {
      add(error, `${path} (thrown)`)
    }
  }

  return { found, isCut: () => cut, add, addSample, follow }
}

/** Says of the first few of each kind that they are rare. */
function createSampling(): (value: object) => boolean {
  const counts = new Map<unknown, number>()
  return (value) => {
    const likeness = typeof value === 'function' ? Function.prototype.toString.call(value) : prototypeOf(value)
    const count = (counts.get(likeness) ?? 0) + 1
    counts.set(likeness, count)
    return count <= MOST_SAMPLES
  }
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

export function prototypeOf(object: object): object | null {
  try {
    return Reflect.getPrototypeOf(object)
  } catch {
    return null
  }
}

export function keysOf(object: object): PropertyKey[] {
  try {
    let indices = 0
    return Reflect.ownKeys(object).filter((key) => !/^\d+$/.test(String(key)) || ++indices <= MOST_INDICES)
  } catch {
    return []
  }
}

export function propertyOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  try {
    return Reflect.getOwnPropertyDescriptor(object, key)
  } catch {
    return undefined
  }
}
