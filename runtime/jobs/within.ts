import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for `work`, whichever way it ends, but no longer than `milliseconds`. Leaves no timer behind. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => {})
  await Promise.race([work.catch(() => {}), timeout])
  timer.abort()
  await timeout
}
