/**
 * Who made a process grow. Its memory is one number; what it changes by between two looks is put down to the run whose
 * slice was open then, so that a run that grows a little in each slice is found, and not the neighbour in whose slice
 * the limit is reached.
 */
export class MemoryAccount {
  readonly #grown = new Map<number, { owner: string; bytes: number }>()
  #lastBytes: number | undefined

  /** The process at rest, or when it was loaded: nobody's growth. */
  rest(residentBytes: number): void {
    this.#lastBytes = residentBytes
  }

  /** `run` is the one whose slice is open, a run of the installation `owner`. */
  look(residentBytes: number, run?: number, owner = ''): void {
    const change = residentBytes - (this.#lastBytes ?? residentBytes)
    this.#lastBytes = residentBytes
    if (run !== undefined) this.#grown.set(run, { owner, bytes: Math.max(0, this.grown(run) + change) })
  }

  grown(run: number | undefined): number {
    return run === undefined ? 0 : (this.#grown.get(run)?.bytes ?? 0)
  }

  /** The run that grew most; with `owner`, of this installation's. */
  largest(only?: string): number | undefined {
    let largest: number | undefined
    for (const [run, { owner, bytes }] of this.#grown)
      if ((only === undefined || owner === only) && bytes > this.grown(largest)) largest = run
    return largest
  }

  close(run: number): void {
    this.#grown.delete(run)
  }
}
