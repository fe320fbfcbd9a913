/** What the service asks of its launcher. */
export type LauncherOrder = LaunchOrder | { kill: number }

export interface LaunchOrder {
  id: number
  command: string
  args: readonly string[]
  /** Where it runs. */
  folder: string
  /** Which group of the kernel's it is counted in, where there are groups. */
  slot: number
  /** The Node binary, handed over as descriptor 3. The channel is descriptor 0. */
  node: string
}

/** How a child is gone. */
export interface LaunchEnd {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last of it. */
  stderr: string
  /** The kernel killed it for want of memory. */
  outOfMemory: boolean
  /** Not told by the launcher: it ended itself. */
  launcherGone?: boolean
}

/** What it hears: once that a child runs, once how it ended. Without a code and a signal it never ran. */
export type LauncherNews = { id: number; pid: number } | ({ id: number } & LaunchEnd)
