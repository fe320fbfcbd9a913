/** An archive that must not enter, and the rule that keeps it out. */
export interface HostileCase {
  title: string
  /** The same bytes at every call. */
  bytes(): Uint8Array
  rule: string
  /** Other rules that find an error in it. */
  also?: readonly string[]
}
