/**
 * Who made a process grow. Its memory is one number; what it changes by between two looks is put down to the run whose
 * slice was open then, so that a run that grows a little in each slice is found, and not the neighbour in whose slice
 * the limit is reached.
 */
export class MemoryAccount {
  readonly #grownBytes = new Map<number, number>()
  #lastBytes: number | undefined

  /** The process at rest, or when it was loaded: nobody's growth. */
  rest(residentBytes: number): void {
    this.#lastBytes = residentBytes
  }

  look(residentBytes: number, run: number | undefined): void {
    const change = residentBytes - (this.#lastBytes ?? residentBytes)
    this.#lastBytes = residentBytes
    if (run !== undefined) this.#grownBytes.set(run, Math.max(0, this.grown(run) + change))
  }

  grown(run: number | undefined): number {
    return run === undefined ? 0 : (this.#grownBytes.get(run) ?? 0)
  }

  largest(): number | undefined {
    let largest: number | undefined
    for (const run of this.#grownBytes.keys()) if (this.grown(run) > this.grown(largest)) largest = run
    return largest
  }

  close(run: number): void {
    this.#grownBytes.delete(run)
  }
}
