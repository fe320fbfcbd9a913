/** Waiting things in turn by owner, and by arrival within an owner: whoever brings many holds up nobody else. */
export class FairLine<T> {
  readonly #lines = new Map<string, T[]>()

  add(owner: string, item: T): void {
    const line = this.#lines.get(owner)
    if (line) line.push(item)
    else this.#lines.set(owner, [item])
  }

  /** The next one; its owner goes to the end. */
  next(): T | undefined {
    const [first] = this.#lines
    if (!first) return undefined
    const [owner, line] = first
    this.#lines.delete(owner)
    const item = line.shift()
    if (line.length > 0) this.#lines.set(owner, line)
    return item
  }

  /** Takes out what `unwanted` says of `owner`'s. */
  drop(owner: string, unwanted: (item: T) => boolean): T[] {
    const line = this.#lines.get(owner) ?? []
    const kept = line.filter((item) => !unwanted(item))
    if (kept.length > 0) this.#lines.set(owner, kept)
    else this.#lines.delete(owner)
    return line.filter(unwanted)
  }

  takeAll(): T[] {
    const all = [...this.#lines.values()].flat()
    this.#lines.clear()
    return all
  }

  get size(): number {
    let size = 0
    for (const line of this.#lines.values()) size += line.length
    return size
  }

  sizeOf(owner: string): number {
    return this.#lines.get(owner)?.length ?? 0
  }

  isEmpty(): boolean {
    return this.#lines.size === 0
  }
}
