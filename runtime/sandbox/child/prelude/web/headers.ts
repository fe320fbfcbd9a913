/** The web's `Headers`: names in lower case, several values of one name joined by a comma. */
export class Headers {
  readonly #values = new Map<string, string>()
  constructor(init?: unknown) {
    if (init === undefined || init === null) return
    for (const [name, value] of pairsOf(init)) this.append(name, value)
  }
  append(name: string, value: string): void {
    const key = nameOf(name)
    const before = this.#values.get(key)
    this.#values.set(key, before === undefined ? String(value).trim() : `${before}, ${String(value).trim()}`)
  }
  set(name: string, value: string): void {
    this.#values.set(nameOf(name), String(value).trim())
  }
  get(name: string): string | null {
    return this.#values.get(nameOf(name)) ?? null
  }
  has(name: string): boolean {
    return this.#values.has(nameOf(name))
  }
  delete(name: string): void {
    this.#values.delete(nameOf(name))
  }
  forEach(visit: (value: string, name: string, headers: Headers) => void): void {
    for (const [name, value] of this.entries()) visit(value, name, this)
  }
  entries(): IterableIterator<[string, string]> {
    return new Map([...this.#values].sort(([a], [b]) => (a < b ? -1 : 1))).entries()
  }
  keys(): IterableIterator<string> {
    return new Map(this.entries()).keys()
  }
  values(): IterableIterator<string> {
    return new Map(this.entries()).values()
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
}

function pairsOf(init: unknown): Iterable<[string, string]> {
  if (typeof (init as Iterable<unknown>)[Symbol.iterator] === 'function') return init as Iterable<[string, string]>
  return Object.entries(init as Record<string, string>)
}

/** RFC 9110 section 5.1: a field name is a token. */
function nameOf(name: string): string {
  const text = String(name)
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) throw new TypeError(`Invalid header name: ${text.slice(0, 100)}`)
  return text.toLowerCase()
}
