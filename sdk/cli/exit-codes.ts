/** What the shell learns. Scripts rely on these numbers: they never change their meaning. */
export const EXIT = {
  /** Done, and nothing is wrong. */
  ok: 0,
  /** The author's package, fixture or submission is not right. */
  failed: 1,
  /** The command line is not right. */
  usage: 2,
  /** The server refused, failed or could not be reached. */
  server: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
