/** A bug to plant: one edit of one file, after which the named tests have to fail. */
export interface Mutant {
  title: string
  /** What it would let happen. */
  why: string
  /** From the root. */
  file: string
  /** Stands in the file exactly once; else the mutant is stale. */
  text: string
  replacement: string
  /** Test files, from the root. Each has to fail. */
  red: readonly string[]
}
