export interface WriteBehind {
  /** Something waits: it is written within the time of a group. */
  soon(): void
  /** Writes what waits, behind what is being written. Rejects when the store does not take it. */
  flush(): Promise<void>
}

/** Lets many small writes become one: `writeAll` takes what waits, and keeps what the store does not take for the next time. */
export function createWriteBehind({
  groupMs,
  writeAll,
  onError,
}: {
  groupMs: number
  writeAll(): Promise<void>
  /** Of a write that nobody waited for; it is tried again. */
  onError(error: unknown): void
}): WriteBehind {
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function soon(): void {
    timer ??= setTimeout(() => void flush().catch(again), groupMs).unref()
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const next = writing.then(writeAll)
    writing = next.catch(() => {})
    return next
  }

  function again(error: unknown): void {
    onError(error)
    soon()
  }

  return { soon, flush }
}
