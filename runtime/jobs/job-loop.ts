import { setTimeout as sleep } from 'node:timers/promises'

/** Calls `round` again and again, with `pollMs` in between or until it is woken. */
export interface JobLoop {
  start(): void
  /** The next round comes at once. */
  wake(): void
  /** Waits for the round that is under way. */
  stop(): Promise<void>
}

export function createJobLoop(pollMs: number, round: () => Promise<void>): JobLoop {
  let alarm = new AbortController()
  let stopped = false
  let looping: Promise<void> | undefined

  async function loop(): Promise<void> {
    while (!stopped) {
      alarm = new AbortController()
      await round()
      await sleep(pollMs, undefined, { signal: alarm.signal }).catch(() => {})
    }
  }

  return {
    start() {
      looping ??= loop()
    },
    wake: () => alarm.abort(),
    async stop() {
      stopped = true
      alarm.abort()
      await looping
    },
  }
}
